//go:build race

package teams

import "time"

// crowdTime is how long many tenants are polled. The race detector does not
// survive the hundreds of thousands of goroutines of a longer time.
const crowdTime = 4 * time.Second
