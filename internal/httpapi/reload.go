package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reloadParameter counts, in the query of a finish link, how often its page has
// loaded again by itself. It is no part of what the wallet sent.
const reloadParameter = "reload"

// splitReload returns the query without the count, byte for byte, and the count:
// 0 if there is none that can be read.
func splitReload(rawQuery string) (query string, count int) {
	kept := make([]string, 0, 4)
	for part := range strings.SplitSeq(rawQuery, "&") {
		value, ok := strings.CutPrefix(part, reloadParameter+"=")
		if !ok {
			kept = append(kept, part)
			continue
		}
		if n, err := strconv.ParseUint(value, 10, 16); err == nil {
			count = max(count, int(n))
		}
	}
	return strings.Join(kept, "&"), count
}

// refresh returns the Refresh header of a page that loads again after pause, or
// "" if it does not: pause is 0, or the page has loaded often enough. The pauses
// grow, so that a page that was left open asks less and less, and then stops.
func refresh(r *http.Request, pause time.Duration) string {
	query, count := splitReload(r.URL.RawQuery)
	if pause <= 0 || count >= maxReloads {
		return ""
	}
	pause = min(pause+min(time.Duration(count)*time.Second, maxReloadPause), maxRetryAfter)
	if query != "" {
		query += "&"
	}
	return seconds(pause) + "; url=" + urlHeader("?"+query+reloadParameter+"="+strconv.Itoa(count+1))
}
