//go:build tools

package deployment_test

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// afterConsent is the later life of one grant: asked for twice with one
// Idempotency-Key, its token refused and rotated, kept by the schedule, revoked
// while the wallet is down, and settled by the schedule.
func (c *cloud) afterConsent(t *testing.T) {
	d := c.deploy(t)
	d.putKey(t)
	asking := emulate(t, "RequestGrant", d.environment()...)
	another := emulate(t, "RequestGrant", d.environment()...) // as soon as two requests come at once
	returning := emulate(t, "FinishCallback", d.environment()...)
	managing := emulate(t, "ManageGrant", d.environment()...)
	schedule := d.keeper(t)

	id, code := d.askedTwice(t, asking, another, returning)
	first := wants(t, managing.invoke(t, token(t, id, account, `{"code":"`+code+`"}`)), http.StatusOK)["accessToken"].(string)
	second := d.refused(t, managing, id, first)
	d.kept(t, schedule, managing, id, second)
	d.revoked(t, schedule, managing, id)

	managing.logsNameTheGrant(t, id)
	returning.logsNameTheGrant(t, id)
	schedule.keeping.logsTheWallet(t, id, strings.TrimPrefix(d.wallet.URL(), "http://"))
	idKey := d.attribute(t, "idempotency-key", "ck").(*types.AttributeValueMemberB).Value
	logsHaveNone(t, []*emulated{asking, another, returning, managing, schedule.finding, schedule.keeping},
		append(d.wallet.Secrets(), code, d.privateKey(), base64.StdEncoding.EncodeToString(idKey), idempotencyKey))
}

const idempotencyKey = "0b8f4a52-6f0e-4d3c-9a43-order-7"

// askedTwice is a grant with its code. Which of the functions answers makes no
// difference.
func (d *deployment) askedTwice(t *testing.T, asking, another, returning *emulated) (id, code string) {
	t.Helper()
	withKey := func(e *events.APIGatewayV2HTTPRequest) { e.Headers["idempotency-key"] = idempotencyKey }
	made := asking.invoke(t, d.request(t, withKey))
	id = wants(t, made, http.StatusCreated)["id"].(string)
	for _, f := range []*emulated{asking, another} {
		again := f.invoke(t, d.request(t, withKey))
		if replay := wants(t, again, http.StatusCreated); replay["id"] != id || again.Headers["Idempotent-Replayed"] != "true" {
			t.Errorf("%s answered %v %v", f.name, again.Headers, replay)
		}
		other := f.invoke(t, d.request(t, withKey, func(e *events.APIGatewayV2HTTPRequest) {
			e.Body = strings.Replace(e.Body, "order-7", "order-8", 1)
		}))
		if problem := wants(t, other, http.StatusUnprocessableEntity); problem["code"] != "idempotency_key_reused" {
			t.Errorf("another body: %v", problem)
		}
	}
	if n := d.wallet.Stats().GrantRequests; n != 1 || made.Headers["Idempotent-Replayed"] != "" {
		t.Errorf("the wallet was asked %d times for one key; first: %v", n, made.Headers)
	}
	link, err := d.wallet.Approve(wants(t, made, http.StatusCreated)["consentUrl"].(string))
	if err != nil {
		t.Fatal(err)
	}
	return id, wantCode(t, id, returning.invoke(t, finish(t, link)))
}

// refused is the token that follows one which a resource server did not accept.
func (d *deployment) refused(t *testing.T, managing *emulated, id, before string) (after string) {
	t.Helper()
	for range 2 { // the second call finds it rotated
		answer := wants(t, managing.invoke(t, token(t, id, account, `{"refused":"`+before+`"}`)), http.StatusOK)
		if after = answer["accessToken"].(string); after == before || !d.wallet.Active(after) {
			t.Errorf("the token that follows is the same, or does not work")
		}
	}
	if s := d.wallet.Stats(); s.Rotations != 1 || s.LiveTokens != 1 || d.wallet.Active(before) {
		t.Errorf("the wallet saw %+v", s)
	}
	return after
}

// kept: what is due is handed out and rotated, what cannot be is due again, and
// nothing else is touched.
func (d *deployment) kept(t *testing.T, schedule *keeper, managing *emulated, id, before string) {
	t.Helper()
	schedule.wants(t, 0, worked{}) // nothing is due
	d.makeDue(t, id)
	if err := d.wallet.Down(); err != nil {
		t.Fatal(err)
	}
	schedule.wants(t, 1, worked{hostFailed: 1})
	if err := d.wallet.Up(); err != nil {
		t.Fatal(err)
	}
	d.makeDue(t, id)
	schedule.wants(t, 1, worked{done: 1})
	if left := time.Until(d.due(t, id)); left < 19*24*time.Hour || left > 21*24*time.Hour {
		t.Errorf("it is due again in %v", left)
	}
	schedule.wants(t, 0, worked{})
	if s := d.wallet.Stats(); s.Rotations != 2 || d.wallet.Active(before) {
		t.Errorf("the wallet saw %+v", s)
	}
	if now := wants(t, managing.invoke(t, token(t, id, account, "")), http.StatusOK)["accessToken"].(string); !d.wallet.Active(now) {
		t.Error("the token after the run does not work")
	}
}

// revoked: what the wallet could not be told is told by the schedule.
func (d *deployment) revoked(t *testing.T, schedule *keeper, managing *emulated, id string) {
	t.Helper()
	wants(t, managing.invoke(t, owned(t, "delete-grant.json", id, "999999999999")), http.StatusNotFound)
	if err := d.wallet.Down(); err != nil {
		t.Fatal(err)
	}
	owed := managing.invoke(t, owned(t, "delete-grant.json", id, account))
	if wants(t, owed, http.StatusBadGateway); owed.Headers["Retry-After"] == "" {
		t.Errorf("it does not say when to try again: %v", owed.Headers)
	}
	wants(t, managing.invoke(t, token(t, id, account, "")), http.StatusGone)
	if err := d.wallet.Up(); err != nil {
		t.Fatal(err)
	}
	if d.wallet.Stats().LiveTokens != 1 {
		t.Error("the wallet knows that it is over before it was told")
	}
	d.makeDue(t, id)
	schedule.wants(t, 1, worked{done: 1})
	if n := d.wallet.Stats().LiveTokens; n != 0 {
		t.Errorf("%d tokens are left", n)
	}
	if grant := wants(t, managing.invoke(t, owned(t, "get-grant.json", id, account)), http.StatusOK); grant["status"] != "revoked" {
		t.Errorf("the grant is %v", grant)
	}
	wants(t, managing.invoke(t, owned(t, "delete-grant.json", id, account)), http.StatusNoContent)
}

// runID is the id of events/find-due.json.
const runID = "7bf73129-1428-4cd3-a780-95db273d1602"

// wants fails the test unless a run of the schedule hands out just so many tasks,
// and the worker does what is named.
func (k *keeper) wants(t *testing.T, handedOut int, want worked) {
	t.Helper()
	plan, did := k.run(t)
	if plan.HandedOut != handedOut || plan.Left || did != want {
		t.Errorf("a run handed out %+v, and the worker did %+v, want %d and %+v", plan, did, handedOut, want)
	}
	if handedOut == 0 {
		return
	}
	lines := k.finding.waitForLines("due grants handed out", 1)
	if len(lines) == 0 || lines[len(lines)-1]["handed_out"] != float64(handedOut) || lines[len(lines)-1]["correlation_id"] != runID {
		t.Errorf("a run logged %v", lines)
	}
}

// makeDue makes a grant's token three weeks old and the grant due, and waits
// until the calendar has it: an index is written a moment after the item.
func (d *deployment) makeDue(t *testing.T, id string) {
	t.Helper()
	instant := func(ago time.Duration) types.AttributeValue {
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(time.Now().Add(-ago).UnixMilli(), 10)}
	}
	now := map[string]types.AttributeValue{":now": instant(0)}
	_, err := d.dynamo().UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &d.table, Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
		// Equal, when the SDK repeats a write whose answer was lost.
		UpdateExpression: aws.String("SET du = :now, tm = :made, te = :expired"), ConditionExpression: aws.String("du >= :now"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":now": now[":now"], ":made": instant(21 * 24 * time.Hour), ":expired": instant(time.Second),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.awaitDue(t, id)
}

// makePaymentDue makes a payment due that is not final, and waits until the calendar
// has it.
func (d *deployment) makePaymentDue(t *testing.T, id string) {
	t.Helper()
	key := "payment#" + id
	_, err := d.dynamo().UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &d.table, Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: key}},
		UpdateExpression: aws.String("SET du = :now"), ConditionExpression: aws.String("du >= :now"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":now": &types.AttributeValueMemberN{Value: strconv.FormatInt(time.Now().UnixMilli(), 10)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.awaitDue(t, key)
}

// awaitDue waits until the calendar has an item as due.
func (d *deployment) awaitDue(t *testing.T, id string) {
	t.Helper()
	for range 100 {
		found, err := d.dynamo().Query(t.Context(), &dynamodb.QueryInput{
			TableName: &d.table, IndexName: aws.String("due"), KeyConditionExpression: aws.String("sh = :shard AND du <= :now"),
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":shard": d.attribute(t, id, "sh"), ":now": &types.AttributeValueMemberN{Value: strconv.FormatInt(time.Now().UnixMilli(), 10)},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range found.Items {
			if key, ok := item["id"].(*types.AttributeValueMemberS); ok && key.Value == id {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("it does not come into the index")
}

func (d *deployment) due(t *testing.T, id string) time.Time {
	t.Helper()
	ms, err := strconv.ParseInt(d.attribute(t, id, "du").(*types.AttributeValueMemberN).Value, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(ms)
}

func (d *deployment) attribute(t *testing.T, id, name string) types.AttributeValue {
	t.Helper()
	out, err := d.dynamo().GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: &d.table, ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item[name]
}
