package config_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
)

const (
	pemBody = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g" // RFC 8032 section 7.1, test 1
	pemText = "-----BEGIN PRIVATE KEY-----\n" + pemBody + "\n-----END PRIVATE KEY-----"
)

var envFiles = map[string]struct {
	file string
	want map[string]string
}{
	"A dollar":                       {"A=abc$TOKEN9${X}$(x)`x`", map[string]string{"A": "abc$TOKEN9${X}$(x)`x`"}},
	"A dollar in double quotes":      {`A="abc$TOKEN9"`, map[string]string{"A": "abc$TOKEN9"}},
	"A dollar in single quotes":      {`A='abc$TOKEN9'`, map[string]string{"A": "abc$TOKEN9"}},
	"A byte order mark":              {"\ufeffA=1\nB=2\n", map[string]string{"A": "1", "B": "2"}},
	"CRLF":                           {"A=1\r\nB=\"x\r\ny\"\r\n", map[string]string{"A": "1", "B": "x\ny"}},
	"CR alone":                       {"A=1\rB=2\r", map[string]string{"A": "1", "B": "2"}},
	"Export":                         {"export A=1\nexport\tB='2'", map[string]string{"A": "1", "B": "2"}},
	"Bash's declare":                 {`declare -x A="a\$b"`, map[string]string{"A": "a$b"}},
	"Comments and empty lines":       {"# c\n\n  # c\nA=1 # c\nB=2#3\nC='4' # c\nD= # c\n", map[string]string{"A": "1", "B": "2#3", "C": "4", "D": ""}},
	"Space around the equals sign":   {"A = 1", map[string]string{"A": "1"}},
	"Space at the end":               {"A=1 \t", map[string]string{"A": "1"}},
	"An equals sign in the value":    {"A=x==", map[string]string{"A": "x=="}},
	"The last of two counts":         {"A=1\nA=2", map[string]string{"A": "2"}},
	"No value":                       {"A=", map[string]string{"A": ""}},
	"Empty quotes":                   {`A=""`, map[string]string{"A": ""}},
	"An apostrophe in the middle":    {"A=it's", map[string]string{"A": "it's"}},
	"The other quotes in quotes":     {`A="it's"` + "\n" + `B='say "x"'`, map[string]string{"A": "it's", "B": `say "x"`}},
	"Quotes escaped in quotes":       {`A="say \"x\" \\ \n"`, map[string]string{"A": `say "x" \ \n`}},
	"A PEM in double quotes":         {"A=\"" + pemText + "\"\nB=1", map[string]string{"A": pemText, "B": "1"}},
	"A PEM in single quotes":         {"A='" + pemText + "'\nB=1", map[string]string{"A": pemText, "B": "1"}},
	"A PEM on one line":              {"A=" + strings.ReplaceAll(pemText, "\n", `\n`), map[string]string{"A": strings.ReplaceAll(pemText, "\n", `\n`)}},
	"Backslashes of a Windows path":  {`A=C:\new\key.pem` + "\n" + `B="C:\new\key.pem"`, map[string]string{"A": `C:\new\key.pem`, "B": `C:\new\key.pem`}},
	"A value of a URL with fragment": {"A=https://a.example/#b", map[string]string{"A": "https://a.example/#b"}},
	"What opgrants request prints":   {"Please interact at the following URL: https://a.example/?b=c\nA = 1", map[string]string{"A": "1"}},
	"Nothing":                        {"", map[string]string{}},
}

const hunter = "hunter2hunter2"

// after stands behind what is wrong in each file.
var after = "\nAPI_TOKEN=" + hunter + "\nPRIVATE_KEY=" + pemBody + "\n"

var brokenEnvFiles = map[string]struct{ file, says string }{
	"A PEM without quotes":            {"A=1\nPRIVATE_KEY=" + pemText + after, "line 2 (PRIVATE_KEY): a PEM over several lines must be in double quotes"},
	"A PEM without its end":           {"PRIVATE_KEY=" + strings.Split(pemText, "\n-----END")[0] + after, "line 1 (PRIVATE_KEY): a PEM"},
	"A PEM without a name":            {pemText + after, "line 1: a PEM without a variable"},
	"A dash in the name":              {"KEY-ID=" + hunter + after, "line 1: what stands before = is not the name of a variable"},
	"A key before an equals sign":     {pemBody + "=" + after, "line 1: what stands before ="},
	"A line of a key":                 {"A=1\n\n" + pemBody + after, "line 3: no NAME=value"},
	"A colon":                         {"API_TOKEN: " + hunter + after, "line 1 (API_TOKEN): a colon follows the name"},
	"Quotes that never close":         {`API_TOKEN="` + hunter + after, "line 1 (API_TOKEN): the quote at the beginning of the value is never closed"},
	"An apostrophe that never closes": {`API_TOKEN='` + hunter + after, "line 1 (API_TOKEN): the quote"},
	"Text after the quotes":           {`API_TOKEN="` + hunter + `"` + hunter + after, "line 1 (API_TOKEN): text follows the closing quote"},
	"Bash's own quotes":               {`API_TOKEN=$'` + hunter + `'` + after, "line 1 (API_TOKEN): the value is in $'…'"},
	"UTF-16":                          {"\xff\xfeA\x00=\x001\x00", "UTF-16"},
	"UTF-16 without its mark":         {"A\x00=\x001\x00", "UTF-16"},
	"Latin-1":                         {"# caf\xe9" + after, "UTF-8"},
	"A binary file":                   {"\x7fELF\x00" + hunter, "binary"},
	"JSON":                            {`{"API_TOKEN":"` + hunter + `"}`, "line 1: no NAME=value"},
}

func TestAnEnvFileIsReadAsItIsWritten(t *testing.T) {
	for name, tt := range envFiles {
		t.Run(name, func(t *testing.T) {
			got, err := config.ParseEnvFile(strings.NewReader(tt.file))
			if err != nil || !maps.Equal(got, tt.want) {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestAnEnvFileThatCannotBeReadNamesTheLineAndNoValue(t *testing.T) {
	for name, tt := range brokenEnvFiles {
		t.Run(name, func(t *testing.T) {
			_, err := config.ParseEnvFile(strings.NewReader(tt.file))
			var wrong config.EnvFileErrors
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v, want %q", err, tt.says)
			}
			if strings.Contains(err.Error(), hunter) || strings.Contains(err.Error(), pemBody[:20]) {
				t.Errorf("the error repeats a value: %v", err)
			}
		})
	}
}

func TestAllLinesOfAnEnvFileThatAreWrongAreSaidAtOnce(t *testing.T) {
	_, err := config.ParseEnvFile(strings.NewReader("A=1\nKEY-ID=x\nB=2\nAPI TOKEN=y\nC='z\n\nD: w"))
	var wrong config.EnvFileErrors
	if !errors.As(err, &wrong) || len(wrong) != 4 {
		t.Fatalf("got %v", err)
	}
	for i, line := range []int{2, 4, 5, 7} {
		if wrong[i].Line != line {
			t.Errorf("problem %d is in line %d, want %d", i+1, wrong[i].Line, line)
		}
	}
}

func FuzzEnvFile(f *testing.F) {
	f.Add("export A=\"" + pemText + "\"\nB='x' # c")
	f.Add("PRIVATE_KEY=" + pemText)
	f.Add("A=\"x\\\"\nB")
	f.Add("\ufeffA=$'x'\r\nKEY-ID: y")
	f.Fuzz(func(t *testing.T, file string) {
		const marker = "qXz7marker7Zxq"
		_, err := config.ParseEnvFile(strings.NewReader(file + "\n" + marker + "=\n" + "\"" + marker))
		if err != nil && strings.Contains(err.Error(), marker) {
			t.Errorf("the error repeats what is in the file: %v", err)
		}
		vars, err := config.ParseEnvFile(strings.NewReader(file))
		if err == nil {
			for name, value := range vars {
				if !strings.Contains(file, name) || strings.ContainsAny(value, "\r") {
					t.Errorf("%q has the value %q", name, value)
				}
			}
		}
	})
}
