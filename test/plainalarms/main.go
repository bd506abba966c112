// Command plainalarms changes a template for an emulator that refuses metric math: each
// alarm of several metrics watches its first one alone.
package main

import (
	"bytes"
	"fmt"
	"os"

	"go.yaml.in/yaml/v3"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run rewrites the file.
func run(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return err
	}
	resources := member(document.Content[0], "Resources").Content
	for i := 1; i < len(resources); i += 2 {
		if member(resources[i], "Type").Value == "AWS::CloudWatch::Alarm" {
			makePlain(member(resources[i], "Properties"))
		}
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(&document); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o600)
}

func makePlain(alarm *yaml.Node) {
	metrics := member(alarm, "Metrics")
	if metrics == nil {
		return
	}
	stat := member(metrics.Content[0], "MetricStat")
	plain := []*yaml.Node{name("Period"), member(stat, "Period"), name("Statistic"), member(stat, "Stat")}
	plain = append(plain, member(stat, "Metric").Content...)
	for i := 0; i < len(alarm.Content); i += 2 {
		if alarm.Content[i].Value == "Metrics" {
			alarm.Content = append(append(alarm.Content[:i:i], plain...), alarm.Content[i+2:]...)
			return
		}
	}
}

func name(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

// member is the value of a key, or nil.
func member(of *yaml.Node, key string) *yaml.Node {
	for i := 0; of.Kind == yaml.MappingNode && i < len(of.Content); i += 2 {
		if of.Content[i].Value == key {
			return of.Content[i+1]
		}
	}
	return nil
}
