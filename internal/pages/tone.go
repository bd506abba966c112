package pages

// A Tone is the icon that goes with a [Message].
type Tone string

// The tones. The zero value is shown as Bad.
const (
	Good    Tone = "good"
	Refused Tone = "refused"
	Wait    Tone = "wait"
	Bad     Tone = "bad"
)

var icons = map[Tone]string{
	Good:    `<svg class="icon good" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-6.5"/></svg>`,
	Wait:    `<svg class="icon wait" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2a10 10 0 1 1-10 10"/></svg>`,
	Refused: `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="M8 12h8"/></svg>`,
	Bad:     `<svg class="icon bad" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="M12 7v6"/><path d="M12 16.5v.01"/></svg>`,
}

// icon returns the tone's icon in SVG.
func (t Tone) icon() string {
	if svg, ok := icons[t]; ok {
		return svg
	}
	return icons[Bad]
}
