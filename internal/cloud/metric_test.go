package cloud

import (
	"bytes"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/telemetry"
)

// Seconds are no count: their sum means nothing.
func TestHowLongAPaymentTookIsWrittenInSeconds(t *testing.T) {
	for m, want := range map[payment.Metric]string{payment.PaymentSeconds: "Seconds", payment.PaymentCompleted: "Count", payment.PaymentFailed: "Count"} {
		var out bytes.Buffer
		countPayment(&telemetry.Counter{Out: &out, Namespace: "opgrants", Service: "stack"}, m, "", 7)
		if line := out.String(); !strings.Contains(line, `{"Name":"`+string(m)+`","Unit":"`+want+`"}`) || !strings.Contains(line, `"`+string(m)+`":7`) {
			t.Errorf("%s is written as %s", m, line)
		}
	}
}
