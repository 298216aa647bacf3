/**
 * Messages as tests describe them: matchers of subject, headers and payload, which say what
 * differs, and bodies. The JSON matchers need the library {@code com.jayway.jsonpath:json-path}.
 * This package does not depend on JUnit, nor on any other package of the toolkit.
 */
@NullMarked
package dev.hubkit.junit.message;

import org.jspecify.annotations.NullMarked;
