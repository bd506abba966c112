package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/invocation"
)

// lastGrant is kept of a run's time, because a grant that was begun is brought
// to its end though the time be over: a rotation, saving it or giving it back,
// and a cancel take 26 s at most.
const lastGrant = 30 * time.Second

// errNoTime: a run that cannot begin with any grant would keep none and say that
// all is well.
var errNoTime = errors.New("the function's timeout leaves no time to keep a grant: set it to 5 minutes")

// A Keeper is the function that a schedule invokes. It is a lambda.Handler.
type Keeper struct {
	grants      grant.Keeper
	broken      error // nil, or why it can do nothing
	log         *slog.Logger
	invocations invocation.Invocations
}

// NewKeeper is [New] for the function that keeps grants.
func NewKeeper(ctx context.Context, getenv func(string) string, out io.Writer) *Keeper {
	w, err := start(ctx, getenv, out)
	return &Keeper{grants: grant.Keeper{Service: w.grants, Calendar: w.store}, broken: err, log: w.log}
}

// Invoke does one run, and answers with its report. It fails when not all was
// done that was due, so that Lambda counts an error: the next run tries again.
// Of the event, which may be any, only the id is used.
func (k *Keeper) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var event struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(payload, &event) // by hand it is invoked with anything
	ctx, end := k.invocations.Begin(ctx, event.ID, lastGrant)
	defer end()
	report, err := k.run(ctx)
	if err != nil {
		k.log.ErrorContext(ctx, "not all grants were kept", slog.Any("error", err))
		return nil, err
	}
	return json.Marshal(struct {
		Kept    int `json:"kept"`
		Settled int `json:"settled"`
		Lost    int `json:"lost"`
		Failed  int `json:"failed"`
		Left    int `json:"left"`
	}(report))
}

func (k *Keeper) run(ctx context.Context) (grant.KeepReport, error) {
	if k.broken != nil {
		return grant.KeepReport{}, k.broken
	}
	// The context ends lastGrant before Lambda's deadline. No grant is begun as
	// long before that, so that its end seldom cuts one short.
	deadline, _ := ctx.Deadline() // Lambda gives one
	keeper := k.grants
	if keeper.Time = time.Until(deadline) - lastGrant; keeper.Time <= 0 {
		return grant.KeepReport{}, errNoTime
	}
	report, err := keeper.Run(ctx)
	if report.Failed > 0 {
		err = errors.Join(err, fmt.Errorf("of the grants that are due %d could not be kept or settled; the lines before say which", report.Failed))
	}
	return report, err
}
