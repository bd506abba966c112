package cloud_test

import (
	"io"
	"testing"

	"github.com/opgrants/opgrants/internal/cloud"
)

func TestTheAPIKnowsThePublicURL(t *testing.T) {
	aws := newAWS(t, someKey)
	api := cloud.New(t.Context(), environment(aws.URL, map[string]string{"PUBLIC_URL": "https://shop.example/pay/"}), io.Discard, cloud.Requests)
	if api.PublicURL != "https://shop.example/pay" {
		t.Errorf("it is %q", api.PublicURL)
	}
}
