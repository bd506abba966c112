package telemetry

// ServerFault is the metric of invocations that were answered, and that failed
// because of the function's code, its configuration, its store or its key. AWS
// counts only those that crashed or ran out of time (Errors): a version that
// answers 500 to everybody has none. Its dimensions are the function, and the
// function and its version, so that an alarm can watch one version.
const ServerFault = "ServerFault"

// Fault writes one [ServerFault] of a function's version. code says what kind it
// was. It is on the line, but is no dimension.
func (c *Counter) Fault(function, version, code string) {
	c.writeLine(map[string]any{ServerFault: 1, KeyService: c.Service, KeyCode: code, KeyFunctionName: function, KeyFunctionVersion: version},
		[][]string{{KeyFunctionName}, {KeyFunctionName, KeyFunctionVersion}}, metric{ServerFault, "Count"})
}
