/**
 * The one place that reads and writes JSON, streaming over jackson-core and without reflection,
 * since a hub is started by every test run. Touches nothing else of Hub.
 */
@NullMarked
package dev.hubkit.json;

import org.jspecify.annotations.NullMarked;
