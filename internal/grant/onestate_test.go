package grant

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strings"
	"testing"
)

// Only the files state*.go change a grant's state. This reads the syntax trees of
// the package, and finds what would get around them.

// stateFields are the fields of an Item that only a transition sets.
var stateFields = []string{"Status", "Ending", "Lease", "Claimed", "Token", "TokenMade", "TokenExpires", "ManageURI", "Failure",
	"Due", "Shard", "TTL", "Flight", "Fronted", "Unconfirmed", "Failures"}

// violations returns what is wrong in a package, one line each.
func violations(t *testing.T, files map[string]string) []string {
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
	pkg, _ := config.Check("grant", set, parsed, info)
	reader := &stateReader{set: set, info: info, item: pkg.Scope().Lookup("Item"), lease: pkg.Scope().Lookup("Lease"), service: pkg.Scope().Lookup("Service")}
	for _, f := range parsed {
		name := set.Position(f.Pos()).Filename
		ast.Inspect(f, func(n ast.Node) bool {
			if !strings.HasPrefix(name, "state") {
				reader.readState(n)
			}
			if name != "deadline.go" {
				reader.readBoundary(n)
			}
			reader.readClock(n)
			reader.readSavings(n)
			return true
		})
	}
	slices.Sort(reader.found)
	return reader.found
}

type noImporter struct{}

func (noImporter) Import(path string) (*types.Package, error) {
	return nil, errors.New("not read: " + path)
}

type stateReader struct {
	set                  *token.FileSet
	info                 *types.Info
	item, lease, service types.Object
	handled              []ast.Node // calls of change whose result is switched over
	found                []string
}

func (r *stateReader) report(n ast.Node, what string) {
	at := r.set.Position(n.Pos())
	r.found = append(r.found, fmt.Sprintf("%s:%d: %s", at.Filename, at.Line, what))
}

// is reports whether an expression has the type, not a pointer to it.
func (r *stateReader) is(e ast.Expr, named types.Object) bool {
	t := r.info.TypeOf(e)
	return named != nil && t != nil && types.Identical(t, named.Type())
}

// touches returns the guarded field that an expression is or is part of: it.Lease
// in it.Lease.Until.
func (r *stateReader) touches(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			if s := r.info.Selections[x]; s != nil {
				owner := s.Recv()
				if p, ok := owner.(*types.Pointer); ok {
					owner = p.Elem()
				}
				if types.Identical(owner, r.item.Type()) && slices.Contains(stateFields, x.Sel.Name) {
					return "Item." + x.Sel.Name
				}
				if types.Identical(owner, r.lease.Type()) {
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

func (r *stateReader) readState(n ast.Node) {
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

func (r *stateReader) readTarget(e ast.Expr) {
	if what := r.touches(e); what != "" {
		r.report(e, "assigns "+what)
		return
	}
	if r.is(e, r.item) {
		r.report(e, "assigns a whole Item")
	}
}

func (r *stateReader) readLiteral(n *ast.CompositeLit) {
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
			if key, ok := kv.Key.(*ast.Ident); ok && slices.Contains(stateFields, key.Name) {
				r.report(e, "builds an Item with "+key.Name)
			}
		}
	case r.is(n, r.lease):
		if at := r.set.Position(n.Pos()); at.Filename != "service.go" { // newLease
			r.report(n, "builds a Lease")
		}
	}
}

// readBoundary finds what calls the store or a server past the check of its
// deadline.
func (r *stateReader) readBoundary(n ast.Node) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	field, ok := method.X.(*ast.SelectorExpr)
	if !ok || field.Sel.Name != "Store" && field.Sel.Name != "Server" {
		return
	}
	r.report(n, "calls "+field.Sel.Name+" past its deadline check")
}

// readClock finds a clock beside the service's.
func (r *stateReader) readClock(n ast.Node) {
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
func (r *stateReader) readSavings(n ast.Node) {
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
func (r *stateReader) switchesOverAll(s ast.Stmt) bool {
	sw, ok := s.(*ast.SwitchStmt)
	if !ok {
		return false
	}
	tag, ok := sw.Tag.(*ast.SelectorExpr)
	if !ok || tag.Sel.Name != "kind" {
		return false
	}
	n := 0
	for _, c := range sw.Body.List {
		n += max(1, len(c.(*ast.CaseClause).List))
	}
	return n == 3
}

func sources(t *testing.T) map[string]string {
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

func TestOnlyTransitionsChangeAGrantsState(t *testing.T) {
	t.Parallel()
	for _, v := range violations(t, sources(t)) {
		t.Error(v)
	}
}

func TestAPlantedChangeOfStateIsFound(t *testing.T) {
	t.Parallel()
	planted := []struct{ code, want string }{
		{`it.Status = Granted`, "assigns Item.Status"},
		{`it.Ending, x = Revoked, 1`, "assigns Item.Ending"},
		{`it.Lease.Until = 0`, "assigns Lease.Until"},
		{`it.Due++`, "assigns Item.Due"},
		{`for _, it.Token = range []string{"a"} { }`, "assigns Item.Token"},
		{`(*it).Claimed = true`, "assigns Item.Claimed"},
		{`l := it.Lease; l.Until = 0`, "assigns Lease.Until"},
		{`p := &it.Failure; _ = p`, "takes the address of Item.Failure"},
		{`*it = *other`, "assigns a whole Item"},
		{`c := *it; _ = c`, "copies an Item"},
		{`var c = *it; _ = c`, "copies an Item"},
		{`f := func(Item) {}; f(*it)`, "copies an Item"},
		{`_ = &Item{ID: "x", Status: Granted}`, "builds an Item with Status"},
		{`_ = []Item{*it}`, "copies an Item"},
		{`_ = []Item{{Lease: nil}}`, "builds an Item with Lease"},
		{`_ = &Lease{ID: "x"}`, "builds a Lease"},
		{`s.change(ctx, it, claim(now))`, "ignores how a write ended"},
		{`_ = s.change(ctx, it, claim(now))`, "does not handle all three outcomes of a write"},
		{`w := s.change(ctx, it, claim(now)); if w.kind == saved { return }`, "does not handle all three outcomes of a write"},
		{`w := s.change(ctx, it, claim(now)); switch w.kind { case saved: case lost: }`, "does not handle all three outcomes of a write"},
		{`if w := s.change(ctx, it, claim(now)); w.kind == saved { return }`, "ignores how a write ended"},
		{`_ = time.Since(now)`, "reads another clock than the service's"},
		{`s.Store.Update(ctx, it)`, "calls Store past its deadline check"},
		{`s.Server.Cancel(ctx, it.continuation())`, "calls Server past its deadline check"},
	}
	files := sources(t)
	for i, c := range planted {
		files[fmt.Sprintf("planted%d.go", i)] = fmt.Sprintf("package grant\nimport (\"context\"; \"time\")\n"+
			"func planted%d(ctx context.Context, s *Service, it, other *Item, x int, now time.Time) {\n%s\n}\n", i, c.code)
	}
	found := violations(t, files)
	for i, c := range planted {
		name := fmt.Sprintf("planted%d.go:", i)
		if !slices.ContainsFunc(found, func(v string) bool { return strings.HasPrefix(v, name) && strings.HasSuffix(v, c.want) }) {
			t.Errorf("%s: found %q, want %q", c.code, found, c.want)
		}
	}
}
