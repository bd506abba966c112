package template_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/template"
)

func TestEachParameterIsDescribedCheckedAndInOneGroup(t *testing.T) {
	var grouped []string
	for _, g := range template.Read(t).Metadata.Interface.ParameterGroups {
		grouped = append(grouped, g.Parameters...)
	}
	slices.Sort(grouped)
	all := template.Read(t).Parameters
	if want := slices.Sorted(maps.Keys(all)); !slices.Equal(grouped, want) {
		t.Errorf("the groups have %v, want %v", grouped, want)
	}
	for name, p := range all {
		if len(p.Description) < 20 || strings.HasSuffix(p.Description, ".") {
			t.Errorf("%s is described as %q", name, p.Description)
		}
		if p.Type == "Number" && p.AllowedValues == nil && (p.MinValue == nil || *p.MinValue < 0 || p.MaxValue <= *p.MinValue) {
			t.Errorf("%s has no bounds", name)
		}
		if p.Type == "String" && p.AllowedValues == nil && (!strings.HasPrefix(p.AllowedPattern, "^") || !strings.HasSuffix(p.AllowedPattern, "$") || p.ConstraintDescription == "") {
			t.Errorf("%s is not checked as a whole, or does not say what is wrong", name)
		}
		if !p.Allows(fmt.Sprint(p.Default)) {
			t.Errorf("%s does not allow its default", name)
		}
	}
}

func TestWhatParametersAllow(t *testing.T) {
	const secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"
	for name, values := range map[string]struct{ good, bad []string }{
		"ReturnUrls": {
			[]string{
				"", "https://shop.example", "https://shop.example/thanks,http://localhost:3000/back", "https://a.example/x, https://b.example",
				"http://127.0.0.1/", "http://[::1]:3000", "com.example.shop:/thanks", "com.example.shop://thanks,https://a.example",
				strings.Repeat("https://shop.example/thanks/1234567890,", 60) + "https://a.example/" + strings.Repeat("x", 2500-60*39-18),
			},
			[]string{
				"shop.example", "https://", "https://a.example/?b=c", "https://a.example,", ",https://a.example", "https://a.example,,https://b.example",
				"https://a.example https://b.example", "ftp://a.example", "https://u@a.example", "http://shop.example", "http://localhost.example/", "http://localhost@a.example",
				"shop:/thanks", "javascript:alert(1)", "com.example.shop:thanks", "com.example.shop:/thanks?a=b",
				"https://a.example/" + strings.Repeat("x", 2500-17),
			},
		},
		"SigningKeySecretArn": {
			[]string{secret + "prod/opgrants/key-AbCdEf", secret + strings.Repeat("n", 256) + "-AbCdEf", "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:k-AbCdEf"},
			[]string{"prod/opgrants/key", secret + "key", secret + strings.Repeat("n", 257) + "-AbCdEf"},
		},
		"SigningKeyKmsKeyArn": {
			[]string{"arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:eu-west-1:123456789012:key/mrk-1234"},
			[]string{"arn:aws:kms:eu-west-1:123456789012:alias/mine", "1234abcd-12ab-34cd-56ef-1234567890ab"},
		},
		"SigningKmsKeyArn": {
			[]string{"", "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
			[]string{"arn:aws:kms:eu-west-1:123456789012:alias/mine", "alias/mine"},
		},
		"WalletAddress": {
			[]string{"", "https://wallet.example/shop", "$wallet.example/shop"},
			[]string{"wallet.example/shop", "http://wallet.example/shop", "https://u@wallet.example", "https://wallet.example/?a", "https://" + strings.Repeat("x", 249)},
		},
		"KeyId": {[]string{"", "key-1", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}, []string{"a;b", "a b", `a"b`, "ä", strings.Repeat("x", 129)}},
		"PermissionsBoundaryArn": {
			[]string{"arn:aws:iam::123456789012:policy/team/boundary", "arn:aws:iam::aws:policy/PowerUserAccess"},
			[]string{"boundary", "arn:aws:iam::123456789012:role/boundary"},
		},
		"JwtIssuer":        {[]string{"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"}, []string{"http://idp.example", "idp.example"}},
		"JwtAudience":      {[]string{"shop", "shop,https://grants.example"}, []string{"shop, other", "shop,", "a b"}},
		"JwtScopeGrants":   {[]string{"", "opgrants/grants"}, []string{"a b", `a"b`, "ä", strings.Repeat("x", 101)}},
		"JwtScopePayments": {[]string{"", "opgrants/payments"}, []string{"a b", `a\b`}},
		"JwtScopeTokens":   {[]string{"", "opgrants/tokens"}, []string{"a b"}},
		"Payees": {
			[]string{
				"", "*", "https://wallet.example/shop", "$wallet.example/shop, https://wallet.example/till", "$wallet.example",
				strings.Repeat("https://wallet.example/shop,", 17) + "https://wallet.example/s",
			},
			[]string{
				"*,https://wallet.example/shop", "wallet.example/shop", "http://wallet.example/shop", "https://u@wallet.example/shop", "https://wallet.example/shop?a",
				"https://wallet.example/*", "https://wallet.example/shop,", strings.Repeat("https://wallet.example/shop,", 17) + "https://wallet.example/sh",
			},
		},
		"DomainName":     {[]string{"grants.shop.example"}, []string{"https://grants.shop.example", "localhost", "Grants.example", strings.Repeat("x", 121) + ".example"}},
		"CertificateArn": {[]string{"arn:aws:acm:eu-west-1:123456789012:certificate/1234"}, []string{"1234"}},
		"PublicUrl": {
			[]string{"https://grants.shop.example", "https://shop.example/consent"},
			[]string{"http://grants.shop.example", "https://grants.shop.example/", "grants.shop.example", "https://a.example/?x", "https://a.example//x", "https://" + strings.Repeat("x", 248)},
		},
		"ScheduleRate": {
			[]string{"rate(1 minute)", "rate(2 minutes)", "rate(15 minutes)"},
			[]string{"", "rate(1 minutes)", "rate(0 minutes)", "rate(16 minutes)", "rate(1 hour)", "1 minute", "cron(* * * * ? *)"},
		},
		"Build":         {[]string{"", "v120", "0123456789"}, []string{"01234567890", "a b", "1.2.0"}},
		"AlarmEmail":    {[]string{"", "ops@shop.example", "ops+opgrants@shop.example"}, []string{"ops", "ops@", "a@b@c", "a b@c.example", "a@x.example, b@x.example", strings.Repeat("x", 250) + "@a.example"}},
		"AlarmTopicArn": {[]string{"arn:aws:sns:eu-west-1:123456789012:alarms"}, []string{"alarms", "arn:aws:sns:eu-west-1:123456789012:alarms.fifo"}},
	} {
		p := template.Read(t).Parameters[name]
		if p.AllowedPattern == "" {
			t.Errorf("there is no such pattern: %s", name)
		}
		for _, value := range values.good {
			if !p.Allows(value) {
				t.Errorf("%s refuses %q", name, value)
			}
		}
		for _, value := range values.bad {
			if p.Allows(value) {
				t.Errorf("%s allows %q", name, value)
			}
		}
	}
}
