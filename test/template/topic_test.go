package template_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/opgrants/opgrants/test/template"
)

// The topic of AlarmEmail is encrypted, and CloudWatch may publish to it: neither
// does SNS's own key let it, nor another policy of the key.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func TestTheTopicOfAlarmEmailTakesAlarms(t *testing.T) {
	from := template.Read(t)
	for _, name := range []string{"AlarmTopic", "AlarmSubscription", "AlarmKey"} {
		if got := from.Resources[name].Condition; got != "HasAlarmEmail" {
			t.Errorf("%s is there if %q", name, got)
		}
	}
	topic := template.Resources[struct{ KmsMasterKeyID any }](t, from, "AWS::SNS::Topic")["AlarmTopic"]
	if topic.KmsMasterKeyID != "AlarmKey" {
		t.Errorf("its key is %v", topic.KmsMasterKeyID)
	}
	key := template.Resources[struct {
		EnableKeyRotation bool
		KeyPolicy         struct{ Statement []statement }
	}](t, from, "AWS::KMS::Key")["AlarmKey"]
	const own = " on * where map[StringEquals:map[aws:SourceAccount:AWS::AccountId]]"
	want := []string{"kms:* on *", "kms:Decrypt" + own, "kms:GenerateDataKey*" + own}
	if got := may(t, key.KeyPolicy.Statement); !slices.Equal(got, want) || !key.EnableKeyRotation {
		t.Errorf("its key's policy allows %v, want %v", got, want)
	}
	if got := fmt.Sprint(key.KeyPolicy.Statement[1].Principal); got != "map[Service:cloudwatch.amazonaws.com]" {
		t.Errorf("the key is for %s", got)
	}
	subscription := template.Resources[struct{ TopicArn, Protocol, Endpoint string }](t, from, "AWS::SNS::Subscription")["AlarmSubscription"]
	if got := fmt.Sprint(subscription); got != "{AlarmTopic email AlarmEmail}" {
		t.Errorf("subscribed is %s", got)
	}
}

func TestOutputsThatPeopleNeed(t *testing.T) {
	for output, want := range map[string]string{
		"DomainTarget": "Domain.RegionalDomainName HasDomain", "DomainHostedZone": "Domain.RegionalHostedZoneId HasDomain",
		"TaskQueue": "TaskQueue ", "DeadLetterQueue": "DeadLetterQueue ", "AlarmTopicArn": "AlarmTopic HasAlarmEmail",
	} {
		of := templateNode(t, "Outputs", output)
		got := member(of, "Value").Value + " "
		if condition := member(of, "Condition"); condition != nil {
			got += condition.Value
		}
		if got != want {
			t.Errorf("%s is %q, want %q", output, got, want)
		}
	}
}
