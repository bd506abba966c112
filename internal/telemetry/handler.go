package telemetry

import (
	"context"
	"log/slog"
	"slices"
)

// A handler writes lines on which no member is given twice, which not every
// reader of JSON accepts. So it keeps the attributes of a logger itself, and puts
// them together with those of the context and of the line at the end.
type handler struct {
	out    slog.Handler
	groups []group // the first is the line itself; each is inside the one before
}

// A group is what [slog.Logger.WithGroup] opened, and what
// [slog.Logger.With] then added to it.
type group struct {
	name  string
	attrs []slog.Attr
}

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.out.Enabled(ctx, level)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	groups := slices.Clone(h.groups)
	last := &groups[len(groups)-1]
	last.attrs = append(slices.Clip(last.attrs), attrs...)
	return &handler{out: h.out, groups: groups}
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &handler{out: h.out, groups: append(slices.Clip(h.groups), group{name: name})}
}

// Handle writes one line. Of attributes with one name, the line's own counts
// before the context's, and that before the logger's.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	carried, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	own := make([]slog.Attr, 0, r.NumAttrs()+len(carried))
	r.Attrs(func(a slog.Attr) bool { own = append(own, a); return true })
	for i := len(h.groups) - 1; i > 0; i-- {
		inside := unique(slices.Concat(h.groups[i].attrs, own))
		own = []slog.Attr{{Key: h.groups[i].name, Value: slog.GroupValue(inside...)}}
	}
	line := slog.NewRecord(r.Time, r.Level, mask(r.Message), r.PC)
	line.AddAttrs(reserve(unique(slices.Concat(h.groups[0].attrs, carried, own)))...)
	return h.out.Handle(ctx, line)
}

// unique returns the attributes with values that are ready to write: groups
// without a name are opened, and of several attributes with one name only the
// last is kept, at the place of the first.
func unique(attrs []slog.Attr) []slog.Attr {
	kept := make([]slog.Attr, 0, len(attrs))
	for _, a := range flatten(attrs) {
		if i := slices.IndexFunc(kept, func(k slog.Attr) bool { return k.Key == a.Key }); i >= 0 {
			kept[i] = a
		} else {
			kept = append(kept, a)
		}
	}
	return kept
}

func flatten(attrs []slog.Attr) []slog.Attr {
	flat := make([]slog.Attr, 0, len(attrs))
	for _, a := range attrs {
		a.Value = a.Value.Resolve()
		switch {
		case a.Equal(slog.Attr{}):
		case a.Value.Kind() == slog.KindGroup && a.Key == "":
			flat = append(flat, flatten(a.Value.Group())...)
		case a.Value.Kind() == slog.KindGroup:
			flat = append(flat, slog.Attr{Key: a.Key, Value: slog.GroupValue(unique(a.Value.Group())...)})
		default:
			flat = append(flat, slog.Attr{Key: a.Key, Value: maskValue(a.Value)})
		}
	}
	return flat
}

// reserve renames attributes that have the name of a member of every line.
func reserve(attrs []slog.Attr) []slog.Attr {
	renamed := false
	for i, a := range attrs {
		switch a.Key {
		case slog.TimeKey, slog.MessageKey, slog.LevelKey, slog.SourceKey, KeyTimestamp, KeyMessage:
			attrs[i].Key, renamed = "attribute_"+a.Key, true
		}
	}
	if renamed {
		return unique(attrs)
	}
	return attrs
}
