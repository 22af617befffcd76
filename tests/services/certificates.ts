/** Certificates for servers and clients of the tests, made by openssl for one run. */
import { DataFolder } from "./data_folder.ts";

/** PEM files; valid for localhost and 127.0.0.1. */
export interface Certificates extends AsyncDisposable {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
}

const KEY_ARGS = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes a CA, a server's certificate and a client's. @param userName who reads the server's key */
export async function makeCertificates(userName?: string): Promise<Certificates> {
  const folder = await DataFolder.make("certificates", userName);
  const at = (name: string) => `${folder.path}/${name}`;
  await folder.run("openssl", [
    ...["req", "-x509", ...KEY_ARGS, "-days", "2", "-subj", "/CN=Midge test CA"],
    ...["-keyout", at("ca.key"), "-out", at("ca.pem")],
  ]);
  await sign(folder, "server", "subjectAltName=DNS:localhost,IP:127.0.0.1");
  await sign(folder, "client", "extendedKeyUsage=clientAuth");
  return {
    caFile: at("ca.pem"),
    certFile: at("server.pem"),
    keyFile: at("server.key"),
    clientCertFile: at("client.pem"),
    clientKeyFile: at("client.key"),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function sign(folder: DataFolder, name: string, extension: string): Promise<void> {
  const at = (file: string) => `${folder.path}/${file}`;
  await folder.run("openssl", [
    ...["req", ...KEY_ARGS, "-subj", `/CN=midge ${name}`],
    ...["-keyout", at(`${name}.key`), "-out", at(`${name}.csr`)],
  ]);
  const extensions = await folder.write(`${name}.ext`, `${extension}\n`);
  await folder.run("openssl", [
    ...["x509", "-req", "-in", at(`${name}.csr`), "-CA", at("ca.pem"), "-CAkey", at("ca.key")],
    ...["-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", at(`${name}.pem`)],
  ]);
}
