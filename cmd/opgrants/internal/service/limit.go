package service

// DefaultMaxRequests is [Options].MaxRequests when that is 0. A finish may wait for
// its wallet for 28 s, so that there are many at the same time, and each request
// needs some 50 KB.
const DefaultMaxRequests = 256
