// Command bare is the least that the functions can cost: the same calls with the same
// bodies, one signature, the same libraries, and nothing else. It checks no answer.
package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

// script is what to send, as the driver recorded it.
type script struct {
	Function string // request-grant or finish-callback
	Grant    string // bodies
	Continue string
	Put      string
	Updates  []string
	Key      string // of GetItem
	Answer   events.APIGatewayV2HTTPResponse

	put     *dynamodb.PutItemInput
	updates []*dynamodb.UpdateItemInput
	get     *dynamodb.GetItemInput
	url     string
	client  *http.Client
	dynamo  *dynamodb.Client
	signer  *httpsig.Signer
}

func main() {
	s := &script{url: os.Getenv("AWS_ENDPOINT_URL")}
	text, err := os.ReadFile(os.Getenv("BENCH_SCRIPT"))
	must(err)
	must(json.Unmarshal(text, s))
	s.put, s.get = putInput(s.Put), getInput(s.Key)
	for _, u := range s.Updates {
		s.updates = append(s.updates, updateInput(u))
	}
	s.client = &http.Client{Transport: &http.Transport{IdleConnTimeout: time.Minute}}
	role := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}, nil
	})
	s.dynamo = dynamodb.New(dynamodb.Options{Region: "eu-west-1", Credentials: role, HTTPClient: s.client, BaseEndpoint: &s.url})
	secrets := secretsmanager.New(secretsmanager.Options{Region: "eu-west-1", Credentials: role, HTTPClient: s.client, BaseEndpoint: &s.url})
	var wg sync.WaitGroup
	wg.Go(func() {
		v, err := secrets.GetSecretValue(context.Background(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("key")})
		must(err)
		var key struct{ PrivateKey []byte }
		must(json.Unmarshal([]byte(*v.SecretString), &key))
		s.signer = &httpsig.Signer{KeyID: "k1", Key: ed25519.NewKeyFromSeed(key.PrivateKey)}
	})
	wg.Go(func() { _, err := s.dynamo.GetItem(context.Background(), s.get); must(err) })
	wg.Wait()
	lambda.Start(s.invoke)
}

func (s *script) invoke(ctx context.Context, _ events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	if s.Function == "request-grant" {
		s.send(ctx, http.MethodGet, "/alice", "", "")
		s.send(ctx, http.MethodPost, "/auth", s.Grant, "")
		_, err := s.dynamo.PutItem(ctx, s.put)
		return s.Answer, err
	}
	_, err := s.dynamo.GetItem(ctx, s.get)
	must(err)
	_, err = s.dynamo.UpdateItem(ctx, s.updates[0])
	must(err)
	s.send(ctx, http.MethodPost, "/auth/continue/4CF492MLVMSW9MKM", s.Continue, "GNAP 33OMUKMKSKU80UPRY5NM")
	_, err = s.dynamo.UpdateItem(ctx, s.updates[1])
	return s.Answer, err
}

func (s *script) send(ctx context.Context, method, path, body, authorization string) {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader([]byte(body)))
	must(err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		must(s.signer.Sign(r))
	}
	answer, err := s.client.Do(r)
	must(err)
	var v map[string]any
	must(json.NewDecoder(answer.Body).Decode(&v))
	_, _ = io.Copy(io.Discard, answer.Body)
	must(answer.Body.Close())
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
