package dynamodb

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/storetest"
)

// request is what the tests look at of a request to DynamoDB.
type request struct {
	Operation      string `json:"-"`
	ConsistentRead bool

	Item, ExpressionAttributeValues     map[string]map[string]any
	ConditionExpression                 string
	ReturnValuesOnConditionCheckFailure string

	IndexName, KeyConditionExpression string
	ExpressionAttributeNames          map[string]string
	ScanIndexForward                  *bool
	Limit                             int
	ExclusiveStartKey                 map[string]map[string]any
}

// write is the id of the write that the request asks for.
func (r request) write() any {
	if id, ok := r.Item[writeAttribute]; ok {
		return id["B"]
	}
	for _, v := range r.ExpressionAttributeValues {
		if text, ok := v["B"].(string); ok {
			if b, err := base64.StdEncoding.DecodeString(text); err == nil && len(b) == writeLength {
				return text
			}
		}
	}
	return nil
}

// aServer answers as DynamoDB does; answer returns a status and a body, or 0 to
// break the connection without an answer.
func aServer(t *testing.T, answer func(n int, r request) (int, any)) *Store {
	t.Helper()
	var mu sync.Mutex
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var req request
		if err := json.Unmarshal(body, &req); err != nil {
			t.Errorf("%v: %s", err, body)
		}
		_, req.Operation, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		mu.Lock()
		n++
		status, out := answer(n, req)
		mu.Unlock()
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(server.Close)
	return New(client(server.URL, http.DefaultTransport), "grants")
}

func client(endpoint string, transport http.RoundTripper) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       "eu-west-1",
		BaseEndpoint: &endpoint,
		HTTPClient:   &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		}),
	})
}

func failedCondition(write any) (int, any) {
	answer := map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}
	if write != nil {
		answer["Item"] = map[string]any{writeAttribute: map[string]any{"B": write}}
	}
	return http.StatusBadRequest, answer
}

func TestAFailedConditionIsOursIfTheItemCarriesOurWrite(t *testing.T) {
	another := base64.StdEncoding.EncodeToString([]byte("another's id"))
	for _, op := range []struct {
		name  string
		taken error
		write func(*Store, *grant.Item) error
	}{
		{"PutItem", grant.ErrExists, func(s *Store, it *grant.Item) error { return s.Create(storetest.Deadline(t), it) }},
		{"UpdateItem", grant.ErrConflict, func(s *Store, it *grant.Item) error { return s.Update(storetest.Deadline(t), it) }},
	} {
		for _, tt := range []struct {
			name string
			old  func(ours any) any
			want error
		}{
			{"our own write", func(ours any) any { return ours }, nil},
			{"another's write", func(any) any { return another }, op.taken},
			{"an item without a write id", func(any) any { return nil }, op.taken},
		} {
			t.Run(op.name+"/"+tt.name, func(t *testing.T) {
				var first any
				s := aServer(t, func(n int, r request) (int, any) {
					if r.Operation != op.name || r.ConditionExpression == "" || r.ReturnValuesOnConditionCheckFailure != "ALL_OLD" {
						t.Errorf("%s with condition %q", r.Operation, r.ConditionExpression)
					}
					if n == 1 {
						first = r.write()
						return 0, nil // written, and the answer is lost
					}
					if first == nil || r.write() != first {
						t.Errorf("the SDK repeats %v as %v", first, r.write())
					}
					return failedCondition(tt.old(first))
				})
				it := ordinary()
				if err := op.write(s, &it); !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				if wrote := it.Version == 2 || op.name == "PutItem" && it.Version == 1; tt.want == nil && !wrote {
					t.Errorf("it is version %d", it.Version)
				}
			})
		}
	}
}

func TestReadsAreConsistent(t *testing.T) {
	s := aServer(t, func(_ int, r request) (int, any) {
		if r.Operation != "GetItem" || !r.ConsistentRead {
			t.Errorf("%s, consistent: %v", r.Operation, r.ConsistentRead)
		}
		return http.StatusOK, map[string]any{"Item": map[string]any{"id": map[string]any{"S": "a"}, "v": map[string]any{"N": "7"}}}
	})
	if it, err := s.Get(storetest.Deadline(t), "a"); err != nil || it.Version != 7 {
		t.Errorf("got %v, %v", it, err)
	}
}

func TestWhatTheStoreCannotDoIsNoAnswerAboutTheItem(t *testing.T) {
	s := aServer(t, func(int, request) (int, any) {
		return http.StatusBadRequest, map[string]any{"__type": "com.amazon.coral.service#AccessDeniedException", "message": "not authorized"}
	})
	it := ordinary()
	_, getErr := s.Get(storetest.Deadline(t), it.ID)
	_, dueErr := s.Due(storetest.Deadline(t), "0", 1, 1)
	_, _, postponeErr := s.Postpone(storetest.Deadline(t), it.ID, 1, 2)
	for name, err := range map[string]error{"Create": s.Create(storetest.Deadline(t), &it), "Get": getErr, "Update": s.Update(storetest.Deadline(t), &it), "Due": dueErr, "Postpone": postponeErr} {
		if err == nil || errors.Is(err, grant.ErrExists) || errors.Is(err, grant.ErrNotFound) || errors.Is(err, grant.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		} else if !strings.Contains(err.Error(), "AccessDenied") || name != "Due" && !strings.Contains(err.Error(), it.ID) {
			t.Errorf("%s: %v does not say what is wrong", name, err)
		}
	}
	if it.Version != 1 {
		t.Errorf("it became version %d", it.Version)
	}
}
