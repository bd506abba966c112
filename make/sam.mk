# `sam build` calls build-<function> with ARTIFACTS_DIR. It does not tell the
# architecture of template.yaml: for another than its default say
#   ARCHITECTURE=x86_64 sam build --parameter-overrides Architecture=x86_64
ARCHITECTURE ?= arm64
LAMBDA_GOARCH = $(patsubst x86_64,amd64,$(ARCHITECTURE))

# A dynamically linked binary does not start in provided.al2023. The same
# sources give the same bytes, wherever they are built. nethttpomithttp2 leaves
# out HTTP/2, which no client of the functions speaks: 150 KB less of a zip.
define lambda
CGO_ENABLED=0 GOOS=linux GOARCH=$(LAMBDA_GOARCH) go build -tags lambda.norpc,nethttpomithttp2 -trimpath -buildvcs=false -ldflags '-s -w' \
	-o "$(or $(ARTIFACTS_DIR),$(error ARTIFACTS_DIR is not set: run sam build))/bootstrap" ./functions/$(1)
endef

.PHONY: build-RequestGrant build-FinishCallback build-ManageGrant build-MakePayment build-FindDue build-KeepGrants
build-RequestGrant: ; $(call lambda,request-grant)
build-FinishCallback: ; $(call lambda,finish-callback)
build-ManageGrant: ; $(call lambda,manage-grant)
build-MakePayment: ; $(call lambda,make-payment)
build-FindDue: ; $(call lambda,find-due)
build-KeepGrants: ; $(call lambda,keep-grants)
