package template

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// A Parameter is one of the template's.
type Parameter struct {
	Type                  string
	Default               any // a string, or a number
	AllowedValues         []any
	AllowedPattern        string
	ConstraintDescription string
	Description           string
	MaxLength             int  // 0: as long as may be
	MinValue              *int // of a Number without AllowedValues
	MaxValue              int
}

// Allows reports whether CloudFormation takes the value.
func (p Parameter) Allows(value string) bool {
	switch {
	case p.MaxLength > 0 && len(value) > p.MaxLength:
		return false
	case p.AllowedValues != nil:
		return slices.ContainsFunc(p.AllowedValues, func(allowed any) bool { return fmt.Sprint(allowed) == value })
	}
	if p.Type == "Number" {
		n, err := strconv.Atoi(value)
		return err == nil && p.MinValue != nil && *p.MinValue <= n && n <= p.MaxValue
	}
	return regexp.MustCompile(p.AllowedPattern).MatchString(value)
}
