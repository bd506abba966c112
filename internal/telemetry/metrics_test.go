package telemetry_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/telemetry"
)

// The lines are as CloudWatch's description of the embedded metric format has
// them: _aws.CloudWatchMetrics names members of the line.
func TestCountsAreInTheEmbeddedMetricFormat(t *testing.T) {
	var out bytes.Buffer
	c := &telemetry.Counter{Out: &out, Namespace: "opgrants", Service: "consent",
		Now: func() time.Time { return time.UnixMilli(1795329284000) }}
	c.Count("GrantGranted", "", 1)
	c.Count("GrantFailed", "never_claimed", 1)
	c.Count("KeepLeft", "", 12)
	want := `{"GrantGranted":1,"_aws":{"Timestamp":1795329284000,"CloudWatchMetrics":[{"Namespace":"opgrants","Dimensions":[["service"]],"Metrics":[{"Name":"GrantGranted","Unit":"Count"}]}]},"service":"consent"}
{"GrantFailed":1,"_aws":{"Timestamp":1795329284000,"CloudWatchMetrics":[{"Namespace":"opgrants","Dimensions":[["service"],["service","code"]],"Metrics":[{"Name":"GrantFailed","Unit":"Count"}]}]},"code":"never_claimed","service":"consent"}
{"KeepLeft":12,"_aws":{"Timestamp":1795329284000,"CloudWatchMetrics":[{"Namespace":"opgrants","Dimensions":[["service"]],"Metrics":[{"Name":"KeepLeft","Unit":"Count"}]}]},"service":"consent"}
`
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestADurationIsInSecondsAndByServiceAlone(t *testing.T) {
	var out bytes.Buffer
	c := telemetry.Counter{Out: &out, Namespace: "opgrants", Service: "stack"}
	c.Seconds("OldestDue", 90.5)
	var line struct {
		OldestDue float64
		AWS       struct {
			CloudWatchMetrics []struct {
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(line); got != "{90.5 {[{[[service]] [{OldestDue Seconds}]}]}}" {
		t.Errorf("wrote %s", got)
	}
}
