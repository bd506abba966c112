package opclient

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/internal/pattern"
)

// maxAccess is how many items access_token.access may have (OpenAPI, access).
const maxAccess = 3

// actionsOf are the actions that each type of access knows (OpenAPI, access-item).
var actionsOf = map[string][]string{
	TypeIncomingPayment: {"create", "complete", "read", "read-all", "list", "list-all"},
	TypeOutgoingPayment: {"create", "read", "read-all", "list", "list-all"},
	TypeQuote:           {"create", "read", "read-all"},
}

// receiverPattern is that of the OpenAPI file, schema receiver.
var receiverPattern = pattern.New(`^(https|http)://(.+)/incoming-payments/(.+)$`)

func checkAccess(items []Access) error {
	if len(items) > maxAccess {
		return &InvalidError{"access", fmt.Sprintf("ask for at most %d items of access, not %d", maxAccess, len(items))}
	}
	for i, item := range items {
		path := fmt.Sprintf("access[%d].", i)
		if err := item.check(path); err != nil {
			return err
		}
		if slices.ContainsFunc(items[:i], func(other Access) bool { return reflect.DeepEqual(other, item) }) {
			return &InvalidError{strings.TrimSuffix(path, "."), "this item is there twice; ask once for each access"}
		}
	}
	return nil
}

func (a Access) check(path string) error {
	if a.Reference != "" || len(a.Extra) > 0 {
		return &InvalidError{strings.TrimSuffix(path, "."), "ask without Reference and Extra; they are for a server's answer"}
	}
	known, ok := actionsOf[a.Type]
	if !ok {
		return &InvalidError{path + "type", fmt.Sprintf("give %q, %q or %q", TypeOutgoingPayment, TypeIncomingPayment, TypeQuote)}
	}
	if err := checkActions(path+"actions", a.Type, a.Actions, known); err != nil {
		return err
	}
	// A server answers 500 to a member that the type of access does not know.
	switch {
	case a.Limits != nil && a.Type != TypeOutgoingPayment:
		return &InvalidError{path + "limits", "only an outgoing payment has limits; leave it out"}
	case a.Identifier != "" && a.Type == TypeQuote:
		return &InvalidError{path + "identifier", "a quote has none; leave it out"}
	case a.Identifier == "" && a.Type == TypeOutgoingPayment:
		return &InvalidError{path + "identifier", "give the wallet address that the payments leave from"}
	case a.Identifier != "":
		if err := checkURI(path+"identifier", a.Identifier); err != nil {
			return err
		}
	}
	if a.Limits == nil {
		return nil
	}
	return a.Limits.check("limits.")
}

func checkActions(field, kind string, actions, known []string) error {
	if len(actions) == 0 {
		return &InvalidError{field, "give at least one action: " + strings.Join(known, ", ")}
	}
	for i, action := range actions {
		if !slices.Contains(known, action) {
			return &InvalidError{field, fmt.Sprintf("%q is no action of %s; those are %s", action, kind, strings.Join(known, ", "))}
		}
		if slices.Contains(actions[:i], action) {
			return &InvalidError{field, fmt.Sprintf("%q is there twice; name each action once", action)}
		}
	}
	return nil
}

// Check reports the first fault of l as an [*InvalidError]. Servers do not notice
// all of them: they validate neither amounts nor the interval.
func (l Limits) Check() error { return l.check("limits.") }

func (l Limits) check(path string) error {
	if len(l.Extra) > 0 {
		return &InvalidError{strings.TrimSuffix(path, "."), "ask without Extra; it is for a server's answer"}
	}
	if l.DebitAmount != nil && l.ReceiveAmount != nil {
		return &InvalidError{path + "receiveAmount", "only one amount is allowed: leave out debitAmount or receiveAmount"}
	}
	if l.DebitAmount != nil {
		if err := l.DebitAmount.check(path + "debitAmount."); err != nil {
			return err
		}
	}
	if l.ReceiveAmount != nil {
		if err := l.ReceiveAmount.check(path + "receiveAmount."); err != nil {
			return err
		}
	}
	if l.Receiver != "" {
		if err := checkURI(path+"receiver", l.Receiver); err != nil {
			return err
		}
		if !receiverPattern().MatchString(l.Receiver) {
			return &InvalidError{path + "receiver", "give the URL of an incoming payment, https://…/incoming-payments/…"}
		}
	}
	if l.Interval != "" {
		if _, err := parseInterval(l.Interval); err != nil {
			return &InvalidError{path + "interval", err.Error()}
		}
	}
	return nil
}

// checkURI checks that raw is an absolute http or https URI as in RFC 3986, for a
// server to read. We do not dial it.
func checkURI(field, raw string) error {
	u, err := url.Parse(raw)
	switch {
	case len(raw) > maxText:
		return &InvalidError{field, fmt.Sprintf("give a URL of at most %d bytes", maxText)}
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return &InvalidError{field, "give an absolute URL that starts with https://"}
	case u.User != nil:
		return &InvalidError{field, "leave user name and password out of the URL"}
	case !visible(raw):
		return &InvalidError{field, "percent-encode what is not visible ASCII in the URL"}
	}
	return nil
}
