package httpapi

// readForget reads the query of DELETE /grants/{id}.
func readForget(rawQuery string) (forget bool, err error) {
	query, err := readQuery(rawQuery, parameterForget)
	if err != nil {
		return false, err
	}
	value, given := query[parameterForget]
	if given && value != "true" {
		return false, malformedQuery(parameterForget, "forget must be true. Leave it out otherwise.")
	}
	return given, nil
}
