package doctor_test

import (
	"os"
	"testing"

	"github.com/opgrants/opgrants/test/parallel"
)

func TestMain(m *testing.M) { os.Exit(parallel.Run(m, parallel.Waiting)) }
