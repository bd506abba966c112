package save

import "fmt"

// A TransitionError is a fault of the program: an event that must not happen in the
// state that the item is in. Nothing has changed.
type TransitionError struct {
	Item  string // grant or payment
	Event string
	State string // and why, if that is not all
}

func (e *TransitionError) Error() string {
	return fmt.Sprintf("%s: %s is not allowed: the %s is %s", e.Item, e.Event, e.Item, e.State)
}
