/**
 * The one place that reads and writes JSON. It streams over jackson-core and uses no reflection,
 * since every test run starts a hub. Of Hub, it uses only {@code work}.
 */
@NullMarked
package dev.hubkit.json;

import org.jspecify.annotations.NullMarked;
