package cloud

import (
	"errors"
	"net/http"
	"strings"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/power"
)

// newMisconfiguredAPI returns an API that answers every request with 503 and the
// names of the settings that are wrong. What is wrong with them is in the log only.
func newMisconfiguredAPI(err error, w *wired) *httpapi.API {
	detail := "This deployment cannot work as it is configured; its log says why."
	var wrong *config.Error
	if errors.As(err, &wrong) {
		names := make([]string, len(wrong.Problems))
		for i, p := range wrong.Problems {
			names[i] = p.Name
		}
		detail = "This deployment cannot work as it is configured; its log says what is wrong with " + strings.Join(names, ", ") + "."
	}
	grants, payments := httpapi.Refusing(&grant.Error{Code: httpapi.CodeMisconfigured, Detail: detail})
	return &httpapi.API{
		Grants: grants, Payments: payments,
		Caller: func(*http.Request) (httpapi.Identity, error) { // all get the same answer
			return httpapi.Identity{Powers: power.All()}, nil
		},
		Fault: w.countFault, Log: w.log,
	}
}
