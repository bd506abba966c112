package taskqueue

import (
	"context"
	"crypto/md5" // as SQS does
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/schedule"
)

// A fakeSQS answers as SQS does, as far as the queue of tasks asks it.
type fakeSQS struct {
	*httptest.Server
	waiting, taken string // counts that it answers
	refuse         string // bodies that have this text are refused
	fail           string // a batch that has this text is answered with an error

	mu   sync.Mutex
	sent []sentMessage
}

type sentMessage struct{ ID, MessageBody, MessageGroupID string }

func newFakeSQS(t *testing.T) *fakeSQS {
	f := &fakeSQS{waiting: "0", taken: "0", refuse: "\x00", fail: "\x00"}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeSQS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	switch r.Header.Get("X-Amz-Target") {
	case "AmazonSQS.GetQueueAttributes":
		_ = json.NewEncoder(w).Encode(map[string]any{"Attributes": map[string]string{
			"ApproximateNumberOfMessages": f.waiting, "ApproximateNumberOfMessagesNotVisible": f.taken,
		}})
	case "AmazonSQS.SendMessageBatch":
		f.send(w, body)
	default:
		w.WriteHeader(http.StatusNotImplemented)
	}
}

func (f *fakeSQS) send(w http.ResponseWriter, body []byte) {
	if strings.Contains(string(body), f.fail) {
		w.WriteHeader(http.StatusBadRequest) // not one that the SDK repeats
		_, _ = io.WriteString(w, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}`)
		return
	}
	var request struct{ Entries []sentMessage }
	_ = json.Unmarshal(body, &request)
	if len(request.Entries) > 10 {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"com.amazonaws.sqs#TooManyEntriesInBatchRequest","message":"no"}`)
		return
	}
	answer := map[string][]map[string]any{"Successful": {}, "Failed": {}}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range request.Entries {
		if strings.Contains(e.MessageBody, f.refuse) {
			answer["Failed"] = append(answer["Failed"], map[string]any{"Id": e.ID, "Code": "InternalError", "SenderFault": false})
			continue
		}
		f.sent = append(f.sent, e)
		answer["Successful"] = append(answer["Successful"], map[string]any{"Id": e.ID, "MessageId": "m", "MD5OfMessageBody": fmt.Sprintf("%x", md5.Sum([]byte(e.MessageBody)))}) // the SDK compares it
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func queueAt(endpoint, url string, limit int) *Queue {
	role := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
	})
	c := &config.Planner{SQSEndpoint: endpoint, QueueURL: url, QueueLimit: limit, AWS: config.AWS{Region: "eu-west-1"}}
	return newQueue(c, role, http.DefaultClient)
}

func tasks(n int) (all []schedule.Task) {
	for i := range n {
		all = append(all, schedule.Task{ID: fmt.Sprintf("grant-%03d", i), Host: fmt.Sprintf("wallet-%d.example", i%3), Due: 1745312400000, Late: time.Minute, Probe: i == 0})
	}
	return all
}

func TestRoomIsWhatTheQueueDoesNotHoldOfItsLimit(t *testing.T) {
	f := newFakeSQS(t)
	q := queueAt(f.URL, f.URL+"/1/tasks", 100)
	for _, tc := range []struct {
		waiting, taken string
		want           int
	}{{"0", "0", 100}, {"60", "30", 10}, {"60", "40", 0}, {"500", "7", 0}} {
		f.waiting, f.taken = tc.waiting, tc.taken
		if room, err := q.Room(t.Context()); room != tc.want || err != nil {
			t.Errorf("with %s waiting and %s taken the room is %d, %v, want %d", tc.waiting, tc.taken, room, err, tc.want)
		}
	}
	f.taken = "" // a queue of which nobody knows how full it is takes nothing
	if room, err := q.Room(t.Context()); room != 0 || err == nil {
		t.Errorf("without a count the room is %d, %v", room, err)
	}
}

func TestEachTaskIsSentOnceInTheGroupOfItsHost(t *testing.T) {
	f := newFakeSQS(t)
	all := tasks(43)
	refused, err := queueAt(f.URL, f.URL+"/1/tasks", 100).Send(t.Context(), all)
	if err != nil || len(refused) != 0 {
		t.Fatalf("refused %v, %v", refused, err)
	}
	groups := map[string]string{} // by host
	var got []schedule.Task
	for _, m := range f.sent {
		var sent schedule.Task
		if err := json.Unmarshal([]byte(m.MessageBody), &sent); err != nil {
			t.Fatal(err)
		}
		got = append(got, sent)
		if group, ok := groups[sent.Host]; ok && group != m.MessageGroupID || m.MessageGroupID == "" || len(m.MessageGroupID) > 16 {
			t.Errorf("%s is in the groups %q and %q", sent.Host, group, m.MessageGroupID)
		}
		groups[sent.Host] = m.MessageGroupID
	}
	slices.SortFunc(got, func(a, b schedule.Task) int { return strings.Compare(a.ID, b.ID) })
	if !slices.Equal(got, all) {
		t.Errorf("sent\n%v\nwant\n%v", got, all)
	}
	if groups["wallet-0.example"] == groups["wallet-1.example"] || groups["wallet-1.example"] == groups["wallet-2.example"] {
		t.Errorf("two hosts are one group: %v", groups)
	}
}

func TestWhatTheQueueDoesNotTakeComesBack(t *testing.T) {
	f := newFakeSQS(t)
	f.refuse = "5\"," // every tenth
	all := tasks(43)
	refused, err := queueAt(f.URL, f.URL+"/1/tasks", 100).Send(t.Context(), all)
	slices.SortFunc(refused, func(a, b schedule.Task) int { return strings.Compare(a.ID, b.ID) })
	if want := []schedule.Task{all[5], all[15], all[25], all[35]}; err != nil || !slices.Equal(refused, want) {
		t.Errorf("refused %v, %v, want %v", refused, err, want)
	}
	if len(f.sent) != 39 {
		t.Errorf("%d were sent", len(f.sent))
	}
}

func TestABatchThatFailsDoesNotKeepTheOthers(t *testing.T) {
	f := newFakeSQS(t)
	f.fail = "grant-015"
	refused, err := queueAt(f.URL, f.URL+"/1/tasks", 100).Send(t.Context(), tasks(43))
	if err == nil || len(refused) != 0 || len(f.sent) != 33 {
		t.Errorf("sent %d, refused %v, %v", len(f.sent), refused, err)
	}
}

// The client of SQS initialises itself at each cold start, and users wait for
// those of the others.
func TestOnlyThePlannerLinksTheClientOfSQS(t *testing.T) {
	for _, function := range []string{"request-grant", "finish-callback", "manage-grant", "find-due", "keep-grants"} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "../../../functions/"+function).Output()
		if err != nil {
			t.Fatal(err)
		}
		if links := strings.Contains(string(out), "aws-sdk-go-v2/service/sqs"); links != (function == "find-due") {
			t.Errorf("%s links the client of SQS: %t", function, links)
		}
	}
}
