package netguard

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// maxIdle is how long a connection may be idle and still be used. A server may
// close it at any time, and a request that is sent at that moment has an unknown
// outcome. Node closes after 5 s, so we stop a second before.
const maxIdle = 4 * time.Second

// maxIdleConns limits the pool. We talk to few wallets at a time.
const maxIdleConns = 64

// A pool keeps the connections that carry no request. It uses the wall clock: a
// serverless execution environment may be frozen between two requests, and timers
// and the monotonic clock stand still then, while the server's clock goes on. The
// pool of [http.Transport] uses these, so it cannot be used here.
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

// sweepLater closes idle connections later, even if there are no more requests.
// p.mu is held.
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

// prune closes connections that are too old or that the server closed. If the
// clock was set back, all are too old. p.mu is held.
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

// A body returns its connection to the pool when it is closed.
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
