package cloud

import (
	"context"
	"io"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/telemetry"
)

// newFaultCounter returns what counts a [telemetry.ServerFault] of this version of
// the function. Lambda sets the variables.
func newFaultCounter(out io.Writer, c config.Telemetry, getenv func(string) string) func(context.Context, string) {
	counter := &telemetry.Counter{Out: out, Namespace: c.Namespace, Service: c.Service}
	function, version := getenv("AWS_LAMBDA_FUNCTION_NAME"), getenv("AWS_LAMBDA_FUNCTION_VERSION")
	return func(_ context.Context, code string) { counter.Fault(function, version, code) }
}
