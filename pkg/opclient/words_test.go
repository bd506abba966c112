package opclient

import (
	"strings"
	"testing"
)

func TestTheWordsOfABody(t *testing.T) {
	long := strings.Repeat("x", maxCode)
	for body, want := range map[string]words{
		`{"error":"` + long + `"}`:                                                  {gnap: true, code: long},
		`{"error":"x` + long + `"}`:                                                 {description: "x" + long},
		`{"error":""}`:                                                              {},
		`{"error":"too_fast","code":"other"}`:                                       {gnap: true, code: "too_fast"},
		`{"error":"Too Many Requests"}`:                                             {description: "Too Many Requests"},
		`{"error":"Not Found","message":"m"}`:                                       {description: "m"},
		`{"error":{"code":"x"}}`:                                                    {gnap: true, code: "x"},
		`{"error":{"code":"x","details":{"a":1}}}`:                                  {gnap: true, code: "x", details: `{"a":1}`},
		`{"error":{"code":"x"},"message":"m"}`:                                      {gnap: true, code: "x", description: "m"},
		`{"error":{"code":"x"},"errors":[{"code":"y"}]}`:                            {gnap: true, code: "x"},
		`{"error":{"code":""},"code":"y"}`:                                          {code: "y"},
		`{"error":{"code":700,"message":"m"}}`:                                      {code: "700", description: "m"},
		`{"error":{"message":"m"}}`:                                                 {gnap: true, description: "m"},
		`{"error":{}}`:                                                              {},
		`{"errors":[{"code":"E1","message":"a"}]}`:                                  {code: "E1", description: "a"},
		`{"errors":["a"],"code":"E2"}`:                                              {code: "E2", description: "a"},
		`{"errors":[]}`:                                                             {},
		`{"errors":["1","2","3","4","5","6"]}`:                                      {description: "1; 2; 3; 4; 5"},
		`{"errors":{"b":["x"],"a":["y","z"],"c":1}}`:                                {description: "a: y; z; b: x"},
		`{"errors":{"a":[1],"b":[],"c":[],"d":[],"e":["5"],"f":["6"]}}`:             {description: "a: ; b: ; c: ; d: ; e: 5"},
		`{"fault":{"faultstring":"Quota","detail":{"errorcode":"policies.Quota"}}}`: {code: "policies.Quota", description: "Quota"},
		`{"fault":{"faultstring":"Quota"},"message":"m"}`:                           {description: "m"},
		`{"code":"no code at all","error_code":"E2"}`:                               {code: "E2"},
		`{"__type":"com.example#Throttled"}`:                                        {code: "Throttled"},
		`{"code":99}`:                                                               {code: "99"},
		`{"code":100}`:                                                              {},
		`{"code":599}`:                                                              {},
		`{"code":600}`:                                                              {code: "600"},
		`["a",{"msg":"b"}]`:                                                         {description: "a; b"},
		`"closed"`:                                                                  {description: "closed"},
		`closed`:                                                                    {description: "closed"},
		"\xef\xbb\xbfclosed":                                                        {description: "closed"},
		"\x00\x01":                                                                  {},
		`<html>closed`:                                                              {},
		`<?xml version="1.0"?><html>closed`:                                         {},
		`<?xml version="1.0"?><Error/>`:                                             {},
		`<?xml version="1.0"?><Error><Code>No</Code></Error>`:                       {code: "No"},
		`<?xml version="1.0"?><Error><Message>a &amp; b</Message></Error>`: {description: "a & b"},
	} {
		if got := parseWords([]byte(body)); got != want {
			t.Errorf("%q: got %+v, want %+v", body, got, want)
		}
	}
}

func TestWhatIsAWebPageIsNotXML(t *testing.T) {
	for body, want := range map[string]struct{ page, xml bool }{
		"<p>":                               {page: true},
		" \n<!DOCTYPE HTML>":                {page: true},
		`<?XML version="1.0"?><HTML>`:       {page: true},
		"\xef\xbb\xbf<?xml version='1.0'?>": {xml: true},
		"{}":                                {},
	} {
		if isWebPage([]byte(body)) != want.page || isXML([]byte(body)) != want.xml {
			t.Errorf("%q: it is a page: %v, XML: %v", body, isWebPage([]byte(body)), isXML([]byte(body)))
		}
	}
}
