// Package onestate holds a package to one place for the states of its items: only
// its files state*.go change them, every result of a write is handled, and the store,
// the wallets and the clock are used in one place. It reads the syntax trees.
package onestate

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// A Package is what the rules are about.
type Package struct {
	Name     string
	Fields   []string // of Item, that only a transition sets
	Boundary []string // fields of Service that only deadline.go calls
}

// Violations returns what breaks the rules in files, by name, one line each.
func (p Package) Violations(t *testing.T, files map[string]string) []string {
	t.Helper()
	set := token.NewFileSet()
	var parsed []*ast.File
	for name, source := range files {
		f, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	// Other packages are not read: only our own types matter.
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	config := types.Config{Error: func(error) {}, Importer: noImporter{}}
	pkg, _ := config.Check(p.Name, set, parsed, info)
	read := &reader{Package: p, set: set, info: info, item: pkg.Scope().Lookup("Item"), lease: pkg.Scope().Lookup("Lease")}
	for _, f := range parsed {
		name := set.Position(f.Pos()).Filename
		ast.Inspect(f, func(n ast.Node) bool {
			if !strings.HasPrefix(name, "state") {
				read.readState(n)
			}
			if name != "deadline.go" {
				read.readBoundary(n)
			}
			read.readClock(n)
			read.readSavings(n)
			return true
		})
	}
	slices.Sort(read.found)
	return read.found
}

type noImporter struct{}

func (noImporter) Import(path string) (*types.Package, error) {
	return nil, errors.New("not read: " + path)
}

type reader struct {
	Package
	set         *token.FileSet
	info        *types.Info
	item, lease types.Object // lease: nil if the package has no such type
	handled     []ast.Node   // calls of change whose result is switched over
	found       []string
}

func (r *reader) report(n ast.Node, what string) {
	at := r.set.Position(n.Pos())
	r.found = append(r.found, fmt.Sprintf("%s:%d: %s", at.Filename, at.Line, what))
}

// is reports whether an expression has the type, not a pointer to it.
func (r *reader) is(e ast.Expr, named types.Object) bool {
	t := r.info.TypeOf(e)
	return named != nil && t != nil && types.Identical(t, named.Type())
}

// touches returns the guarded field that an expression is or is part of: it.Lease
// in it.Lease.Until.
func (r *reader) touches(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			if s := r.info.Selections[x]; s != nil {
				owner := s.Recv()
				if p, ok := owner.(*types.Pointer); ok {
					owner = p.Elem()
				}
				if types.Identical(owner, r.item.Type()) && slices.Contains(r.Fields, x.Sel.Name) {
					return "Item." + x.Sel.Name
				}
				if r.lease != nil && types.Identical(owner, r.lease.Type()) {
					return "Lease." + x.Sel.Name
				}
			}
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		default:
			return ""
		}
	}
}

func (r *reader) readState(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, left := range n.Lhs {
			r.readTarget(left)
		}
		for _, right := range n.Rhs {
			if r.is(right, r.item) {
				r.report(right, "copies an Item")
			}
		}
	case *ast.RangeStmt:
		for _, e := range []ast.Expr{n.Key, n.Value} {
			if e != nil {
				r.readTarget(e)
			}
		}
	case *ast.IncDecStmt:
		r.readTarget(n.X)
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			if what := r.touches(n.X); what != "" {
				r.report(n, "takes the address of "+what)
			}
		}
	case *ast.ValueSpec:
		for _, e := range n.Values {
			if r.is(e, r.item) {
				r.report(e, "copies an Item")
			}
		}
	case *ast.CompositeLit:
		r.readLiteral(n)
	case *ast.CallExpr:
		for _, e := range n.Args {
			if r.is(e, r.item) {
				r.report(e, "copies an Item")
			}
		}
	case *ast.ReturnStmt:
		for _, e := range n.Results {
			if r.is(e, r.item) {
				r.report(e, "copies an Item")
			}
		}
	}
}

func (r *reader) readTarget(e ast.Expr) {
	if what := r.touches(e); what != "" {
		r.report(e, "assigns "+what)
		return
	}
	if r.is(e, r.item) {
		r.report(e, "assigns a whole Item")
	}
}

func (r *reader) readLiteral(n *ast.CompositeLit) {
	for _, e := range n.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		}
		if _, literal := e.(*ast.CompositeLit); !literal && r.is(e, r.item) {
			r.report(e, "copies an Item")
		}
	}
	switch {
	case r.is(n, r.item):
		for _, e := range n.Elts {
			kv, ok := e.(*ast.KeyValueExpr)
			if !ok {
				r.report(e, "builds an Item without names")
				continue
			}
			if key, ok := kv.Key.(*ast.Ident); ok && slices.Contains(r.Fields, key.Name) {
				r.report(e, "builds an Item with "+key.Name)
			}
		}
	case r.is(n, r.lease):
		if at := r.set.Position(n.Pos()); at.Filename != "service.go" { // newLease
			r.report(n, "builds a Lease")
		}
	}
}

// readBoundary finds what calls the store or a wallet past the check of its deadline.
func (r *reader) readBoundary(n ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	field, ok := method.X.(*ast.SelectorExpr)
	if !ok || !slices.Contains(r.Boundary, field.Sel.Name) {
		return
	}
	r.report(n, "calls "+field.Sel.Name+" past its deadline check")
}

// readClock finds a clock beside the service's.
func (r *reader) readClock(n ast.Node) {
	s, ok := n.(*ast.SelectorExpr)
	if !ok || r.set.Position(n.Pos()).Filename == "service.go" {
		return
	}
	if pkg, ok := s.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, s.Sel.Name) {
		r.report(n, "reads another clock than the service's")
	}
}

// readSavings finds calls of change that are not handled in all three outcomes:
// each must be assigned, and the next statement must switch over its kind.
func (r *reader) readSavings(n ast.Node) {
	var list []ast.Stmt
	switch n := n.(type) {
	case *ast.BlockStmt:
		list = n.List
	case *ast.CaseClause:
		list = n.Body
	case *ast.CallExpr:
		f, ok := n.Fun.(*ast.SelectorExpr)
		if ok && (f.Sel.Name == "change" || f.Sel.Name == "changeHeld") && !slices.Contains(r.handled, ast.Node(n)) {
			r.report(n, "ignores how a write ended")
		}
		return
	}
	for i, statement := range list {
		calls := savingCalls(statement)
		if len(calls) == 0 {
			continue
		}
		r.handled = append(r.handled, calls...)
		// changeHeld passes its result on.
		inside := r.set.Position(statement.Pos()).Filename == "save.go"
		if !inside && (i+1 == len(list) || !r.switchesOverAll(list[i+1])) {
			r.report(statement, "does not handle all three outcomes of a write")
		}
	}
}

// savingCalls are the calls of change whose results a statement assigns.
func savingCalls(s ast.Stmt) []ast.Node {
	assign, ok := s.(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return nil
	}
	call, ok := assign.Rhs[0].(*ast.CallExpr)
	if !ok {
		return nil
	}
	if f, ok := call.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "change" || f.Sel.Name == "changeHeld") {
		return []ast.Node{call}
	}
	return nil
}

// switchesOverAll reports whether s is a switch over a saving's kind with all
// three cases, or two and a default.
func (r *reader) switchesOverAll(s ast.Stmt) bool {
	sw, ok := s.(*ast.SwitchStmt)
	if !ok {
		return false
	}
	tag, ok := sw.Tag.(*ast.SelectorExpr)
	if !ok || tag.Sel.Name != "Kind" {
		return false
	}
	n := 0
	for _, c := range sw.Body.List {
		n += max(1, len(c.(*ast.CaseClause).List))
	}
	return n == 3
}

// Sources returns the Go files of the working directory, without tests.
func Sources(t *testing.T) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		b, err := os.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(b)
	}
	return files
}

// FindPlanted reports each violation that is not found in the package of the working
// directory. The keys of want are code that is put into a function with the parameters
// ctx, s, it, other, x and now; the values are what is to be found there.
func (p Package) FindPlanted(t *testing.T, want map[string]string) {
	t.Helper()
	files, codes := Sources(t), slices.Sorted(maps.Keys(want))
	for i, code := range codes {
		files[fmt.Sprintf("planted%d.go", i)] = fmt.Sprintf("package %s\nimport (\"context\"; \"time\")\n"+
			"func planted%d(ctx context.Context, s *Service, it, other *Item, x int, now time.Time) {\n%s\n}\n", p.Name, i, code)
	}
	found := p.Violations(t, files)
	for i, code := range codes {
		name := fmt.Sprintf("planted%d.go:", i)
		if !slices.ContainsFunc(found, func(v string) bool { return strings.HasPrefix(v, name) && strings.HasSuffix(v, want[code]) }) {
			t.Errorf("%s: found %q, want %q", code, found, want[code])
		}
	}
}
