package main

import (
	"fmt"
	"html"
	"strings"
)

// chart is an SVG with two panels of bars: the cold start, and the processor time of a
// warm request.
func chart(all []functionResult) string {
	const width, barHeight, left, panelGap = 760, 18, 250, 34
	panels := []struct {
		title string
		value func(functionResult) float64
	}{
		{"Cold start: exec to first answer, ms (median)", func(f functionResult) float64 { return f.First }},
		{"Warm: processor time per request, ms", func(f functionResult) float64 { return f.CPU }},
	}
	colors := map[string]string{"opgrants": "#0b7a75", "bare": "#7fb7b2", "empty": "#c9d6d5"}
	var b strings.Builder
	y := 10
	for _, p := range panels {
		largest := 0.0
		for _, f := range all {
			largest = max(largest, p.value(f))
		}
		y += 22
		fmt.Fprintf(&b, `<text x="10" y="%d" font-weight="bold">%s</text>`+"\n", y, p.title)
		y += 10
		for _, f := range sortedFunctions(all) {
			color := colors[f.Program]
			if color == "" {
				color = "#c8553d"
			}
			length := p.value(f) / largest * (width - left - 70)
			fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, left-8, y+13, html.EscapeString(f.Function+", "+f.Program))
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`, left, y, max(length, 1), barHeight-4, color)
			fmt.Fprintf(&b, `<text x="%.1f" y="%d">%.2f</text>`+"\n", left+length+6, y+13, p.value(f))
			y += barHeight
		}
		y += panelGap - 20
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n"+
		`<rect width="100%%" height="100%%" fill="white"/>`+"\n%s</svg>\n", width, y+6, width, y+6, b.String())
}
