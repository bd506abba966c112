package kms

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// A Client calls AWS KMS. It signs its requests with the AWS SDK, and is not the
// SDK's own client, because that makes the zip of each function 124 KB bigger.
type Client struct {
	Region      string
	Endpoint    string // "": the region's own
	Credentials aws.CredentialsProvider
	HTTP        *http.Client
}

const (
	tries     = 3
	pause     = 50 * time.Millisecond // before the second try, at most; then the double
	maxAnswer = 64 << 10              // bytes
)

// call does one operation of KMS. It repeats what KMS could not do just then. The
// error is an [*apiError] if KMS answered with one.
func (c *Client) call(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		repeat, err := c.try(ctx, operation, body, out)
		if err == nil || !repeat || try == tries {
			return err
		}
		select {
		case <-time.After(time.Duration(rand.Int64N(int64(pause << (try - 1))))): //nolint:gosec // so that not all try again at once
		case <-ctx.Done():
			return err
		}
	}
}

// try sends one request. repeat reports whether a second one may succeed.
func (c *Client) try(ctx context.Context, operation string, body []byte, out any) (repeat bool, err error) {
	r, err := c.request(ctx, operation, body)
	if err != nil {
		return false, err
	}
	response, err := c.HTTP.Do(r)
	if err != nil {
		return ctx.Err() == nil, fmt.Errorf("KMS cannot be reached: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return ctx.Err() == nil, fmt.Errorf("the answer of KMS cannot be read: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		e := parseError(response.StatusCode, answer)
		return e.isPassing(), e
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return false, fmt.Errorf("the answer of KMS is not the JSON of %s", operation)
	}
	return false, nil
}

func (c *Client) request(ctx context.Context, operation string, body []byte) (*http.Request, error) {
	endpoint := c.Endpoint
	if endpoint == "" {
		endpoint = "https://kms." + c.Region + "." + dnsSuffix(c.Region)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(endpoint, "/")+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "TrentService."+operation)
	credentials, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return r, v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(sum[:]), "kms", c.Region, time.Now())
}

// dnsSuffix returns the end of the names of the region's endpoints, as the partitions
// of AWS have them.
func dnsSuffix(region string) string {
	for prefix, suffix := range map[string]string{
		"cn-": "amazonaws.com.cn", "eusc-": "amazonaws.eu",
		"us-iso-": "c2s.ic.gov", "us-isob-": "sc2s.sgov.gov", "us-isof-": "csp.hci.ic.gov", "eu-isoe-": "cloud.adc-e.uk",
	} {
		if strings.HasPrefix(region, prefix) {
			return suffix
		}
	}
	return "amazonaws.com"
}
