package netguard

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// How long a connection may be idle before a request goes out on it. A server
// may close it at any time, and a request that crosses with that is one of
// unknown outcome. Node closes after 5 s, so we stop a moment before.
const maxIdle = 4 * time.Second

// maxIdleConns bounds the pool. Ours are few wallets at a time.
const maxIdleConns = 64

// A pool keeps the connections that carry no request. It goes by wall clock, as
// a serverless execution environment may be frozen between two requests: timers
// and the monotonic clock then stand still, while the server's go on.
// [http.Transport] goes by these, so its pool does not serve here.
type pool struct {
	now   func() time.Time
	limit time.Duration // maxIdle
	mu    sync.Mutex
	idle  []idleConn // oldest first
	sweep *time.Timer
}

type idleConn struct {
	key   string
	since time.Time // wall clock only
	conn  *http.ClientConn
}

// take returns a connection that was in use a moment ago, or nil.
func (p *pool) take(key string) *http.ClientConn {
	now := p.now().Round(0)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.prune(now)
	for i := len(p.idle) - 1; i >= 0; i-- {
		c := p.idle[i]
		if c.key == key {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			return c.conn
		}
	}
	return nil
}

// put keeps conn for another request, if it can carry one.
func (p *pool) put(key string, conn *http.ClientConn) {
	if conn.Available() == 0 { // the answer was not read to its end, or the server closes
		_ = conn.Close()
		return
	}
	now := p.now().Round(0)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.prune(now)
	if len(p.idle) == maxIdleConns {
		_ = p.idle[0].conn.Close()
		p.idle = p.idle[1:]
	}
	p.idle = append(p.idle, idleConn{key, now, conn})
	p.sweepLater()
}

// sweepLater sees to it that the connections of a quiet process do not stay
// open. p.mu is held.
func (p *pool) sweepLater() {
	if p.sweep != nil || len(p.idle) == 0 {
		return
	}
	p.sweep = time.AfterFunc(p.limit, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.sweep = nil
		p.prune(p.now().Round(0))
		p.sweepLater()
	})
}

// prune closes what is too old or was closed by the server. A clock that was set
// back makes everything too old. p.mu is held.
func (p *pool) prune(now time.Time) {
	kept := p.idle[:0]
	for _, c := range p.idle {
		if age := now.Sub(c.since); age < 0 || age >= p.limit || c.conn.Err() != nil {
			_ = c.conn.Close()
			continue
		}
		kept = append(kept, c)
	}
	clear(p.idle[len(kept):])
	p.idle = kept
}

func (p *pool) closeAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		_ = c.conn.Close()
	}
	p.idle = nil
}

// A body gives its connection back when it is closed.
type body struct {
	io.ReadCloser
	once sync.Once
	done func()
}

func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(b.done)
	return err
}
