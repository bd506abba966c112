package message

import (
	"mime"
	"net/http"
	"strings"
)

// NotAcceptable refuses a request whose Accept header does not allow JSON. It returns
// nil for one that does, or that has no such header.
func NotAcceptable(r *http.Request) *Refusal {
	accept := strings.Join(r.Header["Accept"], ",")
	if accept == "" {
		return nil
	}
	for item := range strings.SplitSeq(accept, ",") {
		media, parameters, err := mime.ParseMediaType(item)
		if err == nil && parameters["q"] != "0" && (media == "*/*" || media == "application/*" || media == "application/json") {
			return nil
		}
	}
	return PlainText(http.StatusNotAcceptable, "Accept does not allow application/json")
}
