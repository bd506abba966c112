// Package docs tests the documentation: each command runs, each link leads
// somewhere, and each table agrees with the code that it describes.
package docs
