/**
 * The sync protocol: xfer cards, the server's answers and the client's rounds. Knows nothing of
 * HTTP beyond a request body in and a reply body out.
 */
@NullMarked
package dev.hubkit.fossil.sync;

import org.jspecify.annotations.NullMarked;
