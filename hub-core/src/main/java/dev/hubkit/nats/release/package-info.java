/**
 * The releases of nats-server whose behaviour this server can have. Code that behaves by release
 * asks {@link dev.hubkit.nats.release.Compatibility}. The package uses nothing else of Hub.
 */
@NullMarked
package dev.hubkit.nats.release;

import org.jspecify.annotations.NullMarked;
