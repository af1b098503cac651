//go:build !race

package teams

import "time"

// crowdTime is how long many tenants are polled: longer than Graph's window.
const crowdTime = 31 * time.Second
