//go:build tools

package deployment_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// A meter passes requests on to DynamoDB, and adds up the units that it charges
// for them.
type meter struct {
	*httptest.Server
	mu  sync.Mutex
	sum uses
}

func startMeter(t *testing.T, endpoint string) *meter {
	t.Helper()
	to, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	m := &meter{}
	m.Server = httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			body, err := io.ReadAll(r.In.Body)
			if err != nil {
				return // the client has gone
			}
			body = bytes.Replace(body, []byte("{"), []byte(`{"ReturnConsumedCapacity":"INDEXES",`), 1)
			r.Out.Body, r.Out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		},
		ModifyResponse: m.count,
	})
	t.Cleanup(m.Close)
	return m
}

func (m *meter) count(r *http.Response) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var answer struct {
		ConsumedCapacity struct {
			CapacityUnits          float64 // of the table and its indexes
			GlobalSecondaryIndexes map[string]struct{ CapacityUnits float64 }
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, operation, _ := strings.Cut(r.Request.Header.Get("X-Amz-Target"), ".")
	switch operation {
	case "GetItem":
		m.sum.reads += answer.ConsumedCapacity.CapacityUnits
	case "Query": // one that finds nothing is charged for too, but not by DynamoDB Local
		m.sum.reads += max(0.5, answer.ConsumedCapacity.CapacityUnits)
	default:
		m.sum.writes += answer.ConsumedCapacity.CapacityUnits
		for _, index := range answer.ConsumedCapacity.GlobalSecondaryIndexes {
			m.sum.writes -= index.CapacityUnits
			m.sum.index += index.CapacityUnits
		}
	}
	return nil
}

func (m *meter) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum = uses{}
}

func (m *meter) used() uses {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sum
}
