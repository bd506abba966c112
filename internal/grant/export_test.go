package grant

// Code is the claim code of a stored grant, for tests.
func (it *Item) Code() string { return it.code() }
