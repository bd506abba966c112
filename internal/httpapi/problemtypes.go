package httpapi

import (
	"maps"
	"slices"
)

// A ProblemType is a code of problems.
type ProblemType struct {
	Code   string
	Status int // of HTTP
	Title  string
}

// ProblemTypes returns every code that an answer can have, sorted.
func ProblemTypes() []ProblemType {
	var all []ProblemType
	for _, code := range slices.Sorted(maps.Keys(problems)) {
		all = append(all, ProblemType{code, problems[code].status, problems[code].title})
	}
	return all
}
