// Package pages makes what a person sees in a browser: whole HTML documents with
// one inline stylesheet, and at most one link, back to the app. [Policy] is the
// Content-Security-Policy that they must be served with.
package pages
