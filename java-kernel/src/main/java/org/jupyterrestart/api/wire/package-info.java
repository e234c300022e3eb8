/** The schemas of the HTTP contract as records, one each by its name there; a test holds them to it. */
package org.jupyterrestart.api.wire;
