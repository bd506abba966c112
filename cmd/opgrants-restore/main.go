// Command opgrants-restore writes the items that a copy of the table has, and the table
// itself lacks, back to the table. See docs/restore.md. It is a program of its own
// because it needs the AWS SDK, which opgrants does without.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/alecthomas/kong"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/opgrants/opgrants/internal/restore"
)

type flags struct {
	From       string `required:"" placeholder:"TABLE" help:"The table that DynamoDB made of a point in time."`
	To         string `required:"" placeholder:"TABLE" help:"The table that the functions use. What it has is not changed."`
	Checkpoint string `default:"opgrants-restore.json" placeholder:"FILE" help:"Where the progress is kept. A run that was interrupted goes on there."`
	Segments   int    `default:"16" help:"How many parts of the copy are read side by side."`
	Writers    int    `default:"16" help:"How many items of each part are written side by side."`
	Region     string `env:"AWS_REGION,AWS_DEFAULT_REGION" required:"" help:"The region of both tables."`
	Endpoint   string `env:"AWS_ENDPOINT_URL_DYNAMODB,AWS_ENDPOINT_URL" help:"Address of an emulator."`
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("opgrants-restore"), kong.Description("Write back to a table what a copy of it has and it lacks."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := f.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "opgrants-restore:", err)
		os.Exit(1)
	}
}

func (f *flags) run(ctx context.Context, out io.Writer) error {
	if f.Segments < 1 || f.Segments > 1000 || f.Writers < 1 || f.Writers > 100 {
		return errors.New("--segments is 1 to 1000, and --writers 1 to 100")
	}
	began, last := time.Now(), time.Now()
	r := &restore.Restore{
		DynamoDB: f.client(), From: f.From, To: f.To, Segments: f.Segments, Writers: f.Writers, Checkpoint: f.Checkpoint,
		Report: func(c restore.Counts) {
			if time.Since(last) >= 5*time.Second {
				last = time.Now()
				_, _ = fmt.Fprintln(out, describe(c))
			}
		},
	}
	counts, err := r.Run(ctx)
	_, _ = fmt.Fprintf(out, "%s, in %s\n", describe(counts), time.Since(began).Round(time.Second))
	return err
}

func describe(c restore.Counts) string {
	return fmt.Sprintf("%d items written (%d of them payments to look for), %d already there, %d expired", c.Written, c.Sought, c.There, c.Expired)
}

// client repeats what DynamoDB throttles for some minutes: a table that grows fast is
// throttled until DynamoDB has split it.
func (f *flags) client() *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: f.Region, BaseEndpoint: endpoint(f.Endpoint), Credentials: aws.CredentialsProviderFunc(environment),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff, o.RateLimiter = 20, 20*time.Second, ratelimit.None
		}),
	})
}

func endpoint(url string) *string {
	if url == "" {
		return nil
	}
	return &url
}

func environment(context.Context) (aws.Credentials, error) {
	c := aws.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN"),
		Source: "environment",
	}
	if !c.HasKeys() {
		return c, errors.New(`there are no credentials in the environment; set them with: eval "$(aws configure export-credentials --format env)"`)
	}
	return c, nil
}
