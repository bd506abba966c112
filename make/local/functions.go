package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"

	"github.com/opgrants/opgrants/test/peers"
)

// startFunctions builds the functions and starts SAM, which runs them in containers.
func (l *local) startFunctions(ctx context.Context) error {
	if err := pullImage(ctx); err != nil {
		return err
	}
	fmt.Println("Building the functions …")
	dir := filepath.Join(l.built, "build")
	if out, err := l.sam(ctx, "build", "--build-dir", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("sam build: %w\n%s", err, out)
	}
	template, variables := filepath.Join(dir, "local.yaml"), filepath.Join(dir, "variables.json")
	if err := l.writeTemplate(filepath.Join(dir, "template.yaml"), template); err != nil {
		return err
	}
	if err := l.writeVariables(variables); err != nil {
		return err
	}
	if err := l.writeInvokeConfig(template, variables); err != nil {
		return err
	}
	args := []string{"local", "start-api", "--template", template, "--env-vars", variables, "--port", l.api, "--region", region,
		"--warm-containers", "LAZY", "--no-watch", "--disable-authorizer", "--skip-pull-image"}
	if l.bridge != "" {
		args = append(args, "--add-host", hostInContainers+":"+l.bridge)
	}
	if err := l.start("functions", l.sam(context.WithoutCancel(ctx), args...)); err != nil {
		return err
	}
	return waitForPort(ctx, l.api)
}

// pullImage pulls the image of the functions if the engine does not have it. SAM would
// pull it at the first request, which would time out.
func pullImage(ctx context.Context) error {
	image := peers.LambdaImage()
	if exec.CommandContext(ctx, "docker", "image", "inspect", image).Run() == nil {
		return nil
	}
	cmd := exec.CommandContext(ctx, "docker", "pull", image)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("docker pull %s: %w", image, err)
	}
	return nil
}

func (l *local) sam(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(l.tools, "sam/bin/sam"), append(args, "--parameter-overrides", "Architecture="+peers.Architecture())...)
	cmd.Env = append(peers.WithoutAWS(os.Environ()), "SAM_CLI_TELEMETRY=0", "ARCHITECTURE="+peers.Architecture(),
		"AWS_ACCESS_KEY_ID="+user, "AWS_SECRET_ACCESS_KEY="+user, "AWS_DEFAULT_REGION="+region)
	return cmd
}

// writeTemplate adds variables for development that template.yaml does not have: SAM
// sets only variables that the template declares.
func (l *local) writeTemplate(from, to string) error {
	template, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	declared := regexp.MustCompile(`(?m)^( +)GRANTS_TABLE:`)
	if !declared.Match(template) {
		return errors.New(from + " declares no GRANTS_TABLE")
	}
	return os.WriteFile(to, declared.ReplaceAll(template, []byte(
		"${1}INSECURE_ALLOW_LOCAL: 'true'\n"+
			"${1}AWS_ACCESS_KEY_ID: "+user+"\n"+
			"${1}AWS_SECRET_ACCESS_KEY: "+user+"\n"+
			"${1}AWS_SESSION_TOKEN: ''\n"+ // else the caller's own
			"${1}AWS_ENDPOINT_URL_DYNAMODB: "+there(l.dynamoDB)+"\n"+
			"${1}AWS_ENDPOINT_URL_SECRETS_MANAGER: "+there(l.secretsManager)+"\n"+
			"${1}AWS_ENDPOINT_URL_KMS: "+there(l.secretsManager)+"\n"+
			"${1}AWS_ENDPOINT_URL_SQS: "+there(l.secretsManager)+"\n"+
			"${0}")), 0o600)
}

// eventReturnURL is the returnUrl of events/request-grant.json, without its query.
const eventReturnURL = "https://shop.example/thanks"

// writeInvokeConfig writes the samconfig.toml with which `sam local invoke`
// runs a function against what has been started here.
func (l *local) writeInvokeConfig(template, variables string) error {
	text := fmt.Sprintf("version = 0.1\n\n[default.local_invoke.parameters]\n"+
		"template_file = %q\nenv_vars = %q\nregion = %q\nparameter_overrides = %q\nskip_pull_image = true\n",
		template, variables, region, "Architecture="+peers.Architecture())
	if l.bridge != "" {
		text += fmt.Sprintf("add_host = %q\n", hostInContainers+":"+l.bridge)
	}
	return os.WriteFile(filepath.Join(l.built, "samconfig.toml"), []byte(text), 0o600)
}

func (l *local) writeVariables(to string) error {
	text, err := json.Marshal(map[string]map[string]string{"Parameters": {
		"GRANTS_TABLE": table, "SIGNING_KEY_SECRET": secret, "QUEUE_URL": l.queue, "PUBLIC_URL": here(l.api), "RETURN_URLS": here(l.shop) + "/thanks," + eventReturnURL,
	}})
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}
