package opclient

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestParseIntervalReads(t *testing.T) {
	start := time.Date(2025, 4, 22, 8, 0, 0, 0, time.UTC)
	end := time.Date(2025, 5, 22, 8, 0, 0, 0, time.UTC)
	for s, want := range map[string]interval{
		"R/2025-04-22T08:00:00Z/P1D":                  {unbounded, start, time.Time{}, period{Days: 1}},
		"R-1/2025-04-22T08:00:00Z/P1D":                {unbounded, start, time.Time{}, period{Days: 1}},
		"R0/2025-04-22T08:00:00Z/P1M":                 {0, start, time.Time{}, period{Months: 1}},
		"R12/2025-04-22T10:00:00+02:00/PT1M":          {12, start, time.Time{}, period{Minutes: 1}},
		"R/2025-04-22T08:00:00Z/2025-05-22T08:00:00Z": {unbounded, start, end, period{}},
		"R3/P1Y2M10DT2H30M5S/2025-05-22T08:00:00Z":    {3, time.Time{}, end, period{1, 2, 0, 10, 2, 30, 5}},
		"R/P2W/2025-05-22T08:00:00.000Z":              {unbounded, time.Time{}, end, period{Weeks: 2}},
		"R2147483647/2025-04-22T08:00:00Z/P999999D":   {2147483647, start, time.Time{}, period{Days: 999999}},
		"R/2025-04-22T08:00:00Z/P0Y1M":                {unbounded, start, time.Time{}, period{Months: 1}},
	} {
		got, err := parseInterval(s)
		if err != nil || got.Repetitions != want.Repetitions || got.Period != want.Period ||
			!got.Start.Equal(want.Start) || !got.End.Equal(want.End) {
			t.Errorf("%s: got %+v, %v; want %+v", s, got, err, want)
		}
	}
}

func TestParseIntervalRefuses(t *testing.T) {
	const start, end = "2025-04-22T08:00:00Z", "2025-05-22T08:00:00Z"
	for s, why := range map[string]string{
		"":                                "R/2025",
		"every month":                     "R/2025",
		"-1":                              "R/2025",
		"1.5":                             "R/2025",
		"P1D":                             "R/2025",
		start + "/P1D":                    "R/2025",
		"R/" + start:                      "R/2025",
		"R/" + start + "/P1D/" + end:      "R/2025",
		"/" + start + "/P1D":              "begin with R",
		"r/" + start + "/P1D":             "begin with R",
		"R-2/" + start + "/P1D":           "begin with R",
		"R+2/" + start + "/P1D":           "begin with R",
		"R1.5/" + start + "/P1D":          "begin with R",
		"R /" + start + "/P1D":            "begin with R",
		"R٣/" + start + "/P1D":            "begin with R",
		"R1:/" + start + "/P1D":           "begin with R",
		"12/" + start + "/P1D":            "begin with R",
		"R99999999999/" + start + "/P1D":  "too many",
		"R/P1D/P1D":                       "two periods",
		"R/" + end + "/" + start:          "end after",
		"R/" + start + "/" + start:        "end after",
		"R//P1D":                          "zone",
		"R/" + start + "/":                "zone",
		"R/2025-04-22/P1D":                "zone",
		"R/2025-04-22T08:00:00/P1D":       "zone",
		"R/2025-04-22T8:00:00Z/P1D":       "zone",
		"R/2025-04-22T08:00Z/P1D":         "zone",
		"R/2025-04-22 08:00:00Z/P1D":      "zone",
		"R/2025-04-22t08:00:00z/P1D":      "zone",
		"R/2025-02-30T08:00:00Z/P1D":      "zone",
		"R/2025-04-22T24:00:00Z/P1D":      "zone",
		"R/2025-04-22T08:00:00,5Z/P1D":    "zone",
		"R/2025-04-22T08:00:00+25:00/P1D": "zone",
		"R/P1D/2025-04-22":                "zone",
		"R/" + start + "/P":               "period",
		"R/" + start + "/PT":              "period",
		"R/" + start + "/P1DT":            "period",
		"R/" + start + "/P1":              "period",
		"R/" + start + "/PD":              "period",
		"R/" + start + "/P1H":             "period",
		"R/" + start + "/PT1D":            "period",
		"R/" + start + "/P1D1Y":           "period",
		"R/" + start + "/P1D1D":           "period",
		"R/" + start + "/P-1D":            "period",
		"R/" + start + "/P1.5D":           "period",
		"R/" + start + "/P1,5D":           "period",
		"R/" + start + "/P1d":             "period",
		"R/" + start + "/PT1HT1M":         "period",
		"R/" + start + "/P1000000D":       "period",
		"R/" + start + "/P 1D":            "period",
		"R/P1X/" + end:                    "period",
		"R/" + start + "/P0D":             "zero",
		"R/" + start + "/PT0S":            "zero",
	} {
		got, err := parseInterval(s)
		if err == nil {
			t.Errorf("%q: got %+v, want an error", s, got)
		} else if !strings.Contains(err.Error(), why) {
			t.Errorf("%q: the error %q does not say %q", s, err, why)
		}
	}
}

func TestWhatAnErrorRepeatsOfAnIntervalOrMetadataIsShort(t *testing.T) {
	long := strings.Repeat("9", 5000)
	for _, s := range []string{"R/" + long + "/P1D", "R/2025-04-22T08:00:00Z/P" + long, "R/2025-04-22T08:00:00Z/P" + strings.Repeat("0", 6) + "D" + long, "R" + long + "/a/b", long} {
		if _, err := parseInterval(s); err == nil || len(err.Error()) > 200 {
			t.Errorf("%.30s: an error of %d bytes", s, len(err.Error()))
		}
	}
	_, err := encodeMetadata(map[string]any{"n": json.Number(long)})
	if err == nil || len(err.Error()) > 200 {
		t.Errorf("metadata: %.200v", err)
	}
}
