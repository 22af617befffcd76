/**
 * Passwords and their hashes as other programs wrote them: Python's passlib 1.7.4 and bcrypt 4.0.1,
 * argon2-cffi 25.1.0 (the reference argon2), OpenSSL 3.0 (`openssl passwd -6`), mosquitto_passwd 2.0.
 * The first four of sha512-crypt are also in Drepper's specification.
 */

/** A password, and a hash of it. */
export interface Vector {
  name: string;
  password: string;
  hash: string;
}

const LONG_TEXT = "a very much longer text to encrypt.  This one even stretches over more" +
  "than one line.";

export const SHA512_CRYPT: Vector[] = [
  {
    name: "5000 rounds by default",
    password: "Hello world!",
    hash:
      "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
  },
  {
    name: "rounds= and 16 characters of salt",
    password: "Hello world!",
    hash:
      "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
  },
  {
    name: "a short text",
    password: "This is just a test",
    hash:
      "$6$toolongsaltstrin$lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxUhx1yxdYcz/e1JSbq3y6JMxxl8audkUEm0",
  },
  {
    name: "longer than a SHA-512 digest",
    password: LONG_TEXT,
    hash:
      "$6$rounds=1400$anotherlongsalts$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1",
  },
  {
    name: "empty password",
    password: "",
    hash:
      "$6$rounds=1000$empty$mD/mfMVeNHBUgTII19Wa60uGXYFiKQekh3g31uXM.1DkGrKMw1ICxo7N9UEq9xthpeZV2NXWk/C7RFot9C.JR.",
  },
  {
    name: "UTF-8 and one character of salt",
    password: "pässwörd ☃",
    hash:
      "$6$x$FAbra2kffey5WSDNwKN3ZjPES7j865BADi8SvEhWfxLVnNZW1I3Gk49994j9uD57/2cpSOYD4.B2NFvGRvmNS.",
  },
  {
    name: "64 bytes",
    password: "p".repeat(64),
    hash:
      "$6$rounds=1000$sixtyfour$zmPp1bZuUcBNAmRABQVzYIJqLuByEMrp8lY.ZvV4YHHgDP8VtzeAHe1pRcec7EMGwDtosKUig54nMF2xcOxBP.",
  },
  {
    name: "65 bytes",
    password: "q".repeat(65),
    hash:
      "$6$rounds=1234$ab$.eGltSpA896BcWT5o36fjZoK/lLlM5GzGGZszNmw6voRp9ColC/Oyc8tXdoMGsoDdUweTr5FC5Ib0C5.vRsYy/",
  },
  {
    name: "200 bytes",
    password: "z".repeat(200),
    hash:
      "$6$rounds=1000$long$OMoTUWbOxsH16p19tpiXtuP3zRsZMnlZFwUlRbTDAGHydFCioAqeeA4APPyRFyrZcQz53kvXqL.OAOQPvXyYi1",
  },
];

export const BCRYPT: Vector[] = [
  {
    name: "$2b$",
    password: "correct horse",
    hash: "$2b$04$iCne5wP8NfGvVJWzAigb..gJGP3ea2HcnlnfRqaWIapr0PlPuisxq",
  },
  {
    name: "$2a$",
    password: "y2a",
    hash: "$2a$05$rphYbgk6TJDG06vo7Lpbh.hi.FCXOURMu6uXlkgjUQ11tIL7KCYPG",
  },
  {
    name: "$2y$, as PHP and Apache write it",
    password: "correct horse",
    hash: "$2y$04$iCne5wP8NfGvVJWzAigb..gJGP3ea2HcnlnfRqaWIapr0PlPuisxq",
  },
  {
    name: "UTF-8",
    password: "pässwörd ☃",
    hash: "$2b$04$8Jl3CKZvvZMiRKH4a.qtROZyDAhTYxWch24HL03mnS/BDPfbgBaEu",
  },
  {
    name: "72 bytes",
    password: "x".repeat(72),
    hash: "$2b$04$XUgaU0JjtAHyqdxIL.PqhO9r.SAMhpKmz6it06X83./MoEIyggPWG",
  },
];

export const ARGON2: Vector[] = [
  {
    name: "argon2i, two lanes",
    password: "correct horse",
    hash:
      "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQxMjM0NTY3OA$g0zuRuFm0uF8TwBR2l5XFPcld4uEKB5t9HDVll7ovwg",
  },
  {
    name: "argon2d, two lanes",
    password: "correct horse",
    hash:
      "$argon2d$v=19$m=256,t=2,p=2$c29tZXNhbHQxMjM0NTY3OA$vysVPqalwrgCyU8TkSjlJjeDurKzpjMlLTO+XPpOJhw",
  },
  {
    name: "argon2id, two lanes",
    password: "correct horse",
    hash:
      "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQxMjM0NTY3OA$Hxng4Yy6LCVrLbkdfdv9BMmVCzni4rhYXmaO7EilNz0",
  },
  {
    name: "argon2id, UTF-8, 16 bytes of digest",
    password: "pässwörd",
    hash: "$argon2id$v=19$m=64,t=1,p=1$OGJ5dGVzISE$IPfMbDgUUn8dvyRI56xiqQ",
  },
];

export const MOSQUITTO: Vector[] = [
  {
    name: "$7$",
    password: "correct horse",
    hash:
      "$7$101$PC0tWlK1oCQbhieB$pcEpPoa14GaH8BkdvifhTpsUwU6H7tiTqs2ezPHN1hcdMCmGEcOauASiKyRJXOreJEFFPUG0xnnOkfrxjlyXZw==",
  },
  {
    name: "$6$ of mosquitto 1.x, no sha512-crypt",
    password: "correct horse",
    hash:
      "$6$Cjdo5clt4lUFakgu$xJl++advsRh9QwOmnxRx5WrS507tN6rIGbLcM2yOL+LiVsGYtIbXxFSW2m40ldvQsgiEZCr6sNI9XO2Cy9A61g==",
  },
];
