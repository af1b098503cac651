package client

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestBatchThatIsCutShortIsNoAnswer(t *testing.T) {
	for name, body := range map[string]string{
		"nothing": "", "between lines": "{\"status\":\"none\"}\n", "in a line": "{\"status\":\"none\"}\n{\"sta", "before the line end": "{\"status\":\"none\"}\n{\"status\":\"none\"}",
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(body))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler) // the connection ends, and not the answer
		}))
		c, err := New(s.URL, "")
		if err != nil {
			t.Fatal(err)
		}
		list, err := c.LookupLines(t.Context(), BatchQuery{Numbers: []string{"1", "2"}})
		if _, ok := errors.AsType[*UnreachableError](err); !ok {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
		s.Close()
	}
}
