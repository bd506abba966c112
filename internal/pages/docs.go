// Package pages is what a person sees in a browser: whole HTML documents with
// one inline stylesheet and nothing else in them. [Policy] is the
// Content-Security-Policy that they must be served with.
package pages
