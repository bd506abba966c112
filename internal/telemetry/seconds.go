package telemetry

// Seconds writes that name lasted s seconds. Unlike a count it is no sum: alarms
// and dashboards take the largest.
func (c *Counter) Seconds(name string, s float64) {
	c.write(name, s, "Seconds", "")
}
