package peers

import "runtime"

// Architecture is this machine's, as AWS names it.
func Architecture() string {
	if runtime.GOARCH == "amd64" {
		return "x86_64"
	}
	return runtime.GOARCH
}

// LambdaImage is what `sam local` runs functions of provided.al2023 in.
func LambdaImage() string { return "public.ecr.aws/lambda/provided:al2023-" + Architecture() }
