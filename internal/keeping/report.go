package keeping

import (
	"context"
	"log/slog"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/schedule"
)

// Plan runs the planner of the grants once. It logs and counts what was handed
// out, if anything was. count is as [grant.Service.Count]; nil: nobody counts.
func Plan(ctx context.Context, p *schedule.Planner, log *slog.Logger, count func(ctx context.Context, m grant.Metric, code string, n int)) (schedule.Plan, error) {
	plan, err := p.Run(ctx)
	if err != nil {
		log.ErrorContext(ctx, "not all grants that are due could be handed out", slog.Any("error", err))
	}
	if plan.HandedOut+plan.Parked > 0 || plan.Left {
		log.InfoContext(ctx, "due grants handed out", slog.Int("handed_out", plan.HandedOut), slog.Int("probes", plan.Probes),
			slog.Int("parked", plan.Parked), slog.Bool("left", plan.Left), slog.Duration("oldest", plan.Oldest))
	}
	if plan.Left && count != nil {
		count(ctx, grant.KeepLeft, "", 1)
	}
	return plan, err
}
