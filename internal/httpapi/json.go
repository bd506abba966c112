package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
)

func jsonReply(status int, v any) (*reply, error) {
	body, err := encode(v)
	if err != nil {
		return nil, err
	}
	return &reply{status: status, body: body, header: http.Header{"Content-Type": {"application/json"}}}, nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it is served as JSON and never sniffed
	err := e.Encode(v)
	return b.Bytes(), err
}
