package journal

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// A Tag says what a request is made for. The zero value is no tag.
type Tag struct {
	Order  string
	Action int // index of the order's action
}

type tagKey struct{}

// With returns a context for requests that are made for tag.
func With(ctx context.Context, tag Tag) context.Context {
	return context.WithValue(ctx, tagKey{}, &tag)
}

// Set says what the browser's request that ctx is of is made for, once that is known.
func Set(ctx context.Context, tag Tag) {
	if t, ok := ctx.Value(tagKey{}).(*Tag); ok {
		*t = tag
	}
}

// tagOf returns the tag of a request. The zero value: it has none.
func tagOf(ctx context.Context) Tag {
	if t, ok := ctx.Value(tagKey{}).(*Tag); ok {
		return *t
	}
	return Tag{}
}

// Expect says that a browser opens link, and what is below it, for tag.
func (j *Journal) Expect(link string, tag Tag) {
	u, err := url.Parse(link)
	if err != nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.visits == nil {
		j.visits = map[string]Tag{}
	}
	j.visits[u.Path] = tag
}

// expectedTag returns the tag of the link that a browser opens.
func (j *Journal) expectedTag(path string) Tag {
	j.mu.Lock()
	defer j.mu.Unlock()
	for link, tag := range j.visits {
		if path == link || strings.HasPrefix(path, link+"/") {
			return tag
		}
	}
	return Tag{}
}

// tagHeader carries the tag from the shop to the service of the demonstration. It is
// none of the requests that are shown.
const tagHeader = "Demo-Order"

func (t Tag) write(h http.Header) {
	if t != (Tag{}) {
		h.Set(tagHeader, t.Order+" "+strconv.Itoa(t.Action))
	}
}

// readTag takes the tag out of the header.
func readTag(h http.Header) Tag {
	order, action, _ := strings.Cut(h.Get(tagHeader), " ")
	h.Del(tagHeader)
	n, err := strconv.Atoi(action)
	if err != nil {
		return Tag{}
	}
	return Tag{order, n}
}
